"""Credentials of the Authorization header are split, decoded and checked for their scheme."""

from base64 import b64encode

import pytest

from laneway.exceptions import HTTPException
from laneway.security import HTTPBasic, HTTPBearer, HTTPDigest
from laneway.security.http import HTTPBase
from laneway.security.utils import get_authorization_scheme_param


def basic(credentials: bytes) -> dict[str, str]:
    """The header that carries `credentials`."""
    return {"Authorization": f"Basic {b64encode(credentials).decode()}"}


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        (None, ("", "")),
        ("", ("", "")),
        ("Bearer", ("Bearer", "")),
        ("Bearer abc", ("Bearer", "abc")),
        ("Bearer  abc ", ("Bearer", "abc")),
        ("Digest a=1, b=2", ("Digest", "a=1, b=2")),
    ],
)
def test_the_header_is_split_at_the_first_space(header, parts):
    assert get_authorization_scheme_param(header) == parts


def test_any_scheme_passes_the_base_class(ask):
    found = ask(HTTPBase(scheme="Other"), {"Authorization": "Foo bar baz"})

    assert (found.scheme, found.credentials) == ("Foo", "bar baz")


@pytest.mark.parametrize(("scheme", "word"), [(HTTPBearer, "bEARER"), (HTTPDigest, "dIGEST")])
def test_the_scheme_is_compared_without_case_and_given_as_sent(ask, scheme, word):
    found = ask(scheme(), {"Authorization": f"{word} abc"})

    assert (found.scheme, found.credentials) == (word, "abc")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Other abc"}, {"Authorization": "Bearer"}])
@pytest.mark.parametrize(("scheme", "challenge"), [(HTTPBearer, "Bearer"), (HTTPDigest, "Digest")])
def test_missing_or_foreign_credentials_are_refused(ask, scheme, challenge, headers):
    with pytest.raises(HTTPException) as refused:
        ask(scheme(), headers)

    error = refused.value
    assert (error.status_code, error.detail, error.headers) == (
        401,
        "Not authenticated",
        {"WWW-Authenticate": challenge},
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Other abc"}])
@pytest.mark.parametrize("scheme", [HTTPBasic, HTTPBearer, HTTPDigest])
def test_missing_or_foreign_credentials_are_none_when_optional(ask, scheme, headers):
    assert ask(scheme(auto_error=False), headers) is None


def test_the_base_class_challenges_with_its_scheme(ask):
    with pytest.raises(HTTPException) as refused:
        ask(HTTPBase(scheme="negotiate"))

    assert refused.value.headers == {"WWW-Authenticate": "Negotiate"}


def test_basic_credentials_are_decoded(ask):
    found = ask(HTTPBasic(), basic(b"john:secret"))

    assert (found.username, found.password) == ("john", "secret")


def test_a_basic_password_may_hold_colons(ask):
    assert ask(HTTPBasic(), basic(b"john:a:b")).password == "a:b"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Authorization": "Basic"}, id="nothing"),
        pytest.param({"Authorization": "Basic abc"}, id="no base64"),
        pytest.param({"Authorization": "Basic \xfc"}, id="not even ASCII"),
        pytest.param(basic("jürgen:x".encode()), id="no ASCII inside"),
        pytest.param(basic(b"johnsecret"), id="no colon"),
    ],
)
def test_malformed_basic_credentials_are_refused_even_when_optional(ask, headers):
    with pytest.raises(HTTPException) as refused:
        ask(HTTPBasic(auto_error=False), headers)

    assert refused.value.status_code == 401


@pytest.mark.parametrize(("realm", "challenge"), [(None, "Basic"), ("shop", 'Basic realm="shop"')])
def test_the_basic_challenge_names_the_realm(ask, realm, challenge):
    with pytest.raises(HTTPException) as refused:
        ask(HTTPBasic(realm=realm))

    assert refused.value.headers == {"WWW-Authenticate": challenge}


def test_the_document_tells_the_bearer_format():
    model = HTTPBearer(bearerFormat="JWT").model

    assert model.model_dump(mode="json", by_alias=True, exclude_none=True) == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
    }


@pytest.mark.parametrize(("scheme", "name"), [(HTTPBasic, "basic"), (HTTPDigest, "digest")])
def test_the_document_tells_the_scheme(scheme, name):
    assert scheme().model.scheme == name


def test_a_scheme_is_a_subclass_of_the_base_class():
    assert all(issubclass(scheme, HTTPBase) for scheme in (HTTPBasic, HTTPBearer, HTTPDigest))
