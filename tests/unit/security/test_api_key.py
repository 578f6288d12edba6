"""API keys are read from the place the class names."""

from typing import Any

import pytest

from laneway.exceptions import HTTPException
from laneway.openapi.models import APIKeyIn
from laneway.security import APIKeyCookie, APIKeyHeader, APIKeyQuery
from laneway.security.api_key import APIKeyBase

SCHEMES = [APIKeyQuery, APIKeyHeader, APIKeyCookie]


def test_the_query_parameter_is_the_key(ask):
    assert ask(APIKeyQuery(name="key"), query="key=abc") == "abc"


def test_the_header_is_the_key_whatever_its_case(ask):
    assert ask(APIKeyHeader(name="X-Key"), {"x-key": "abc"}) == "abc"


def test_the_cookie_is_the_key(ask):
    assert ask(APIKeyCookie(name="session"), {"Cookie": "a=b; session=abc"}) == "abc"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_missing_key_is_refused_with_a_challenge(ask, scheme):
    with pytest.raises(HTTPException) as refused:
        ask(scheme(name="key"))

    error = refused.value
    assert (error.status_code, error.detail, error.headers) == (
        401,
        "Not authenticated",
        {"WWW-Authenticate": "APIKey"},
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_missing_key_is_none_when_it_is_optional(ask, scheme):
    assert ask(scheme(name="key", auto_error=False)) is None


def test_an_empty_key_counts_as_missing(ask):
    with pytest.raises(HTTPException, match="Not authenticated"):
        ask(APIKeyQuery(name="key"), query="key=")


def test_an_overridden_error_is_the_one_raised(ask):
    class Teapot(APIKeyHeader):
        def make_not_authenticated_error(self) -> HTTPException:
            return HTTPException(418, "no tea without a key")

    with pytest.raises(HTTPException, match="no tea"):
        ask(Teapot(name="key"))


@pytest.mark.parametrize(
    ("scheme", "place"), [(APIKeyQuery, "query"), (APIKeyHeader, "header"), (APIKeyCookie, "cookie")]
)
def test_the_document_tells_place_name_and_description(scheme: Any, place: str):
    model = scheme(name="key", description="Ask us for one").model

    assert model.model_dump(mode="json", by_alias=True) == {
        "type": "apiKey",
        "in": place,
        "name": "key",
        "description": "Ask us for one",
    }


def test_the_scheme_is_called_after_its_class_unless_named():
    assert APIKeyQuery(name="key").scheme_name == "APIKeyQuery"
    assert APIKeyQuery(name="key", scheme_name="mine").scheme_name == "mine"


def test_the_base_class_takes_its_place_as_an_argument():
    scheme = APIKeyBase(APIKeyIn.cookie, "key", None, None, False)

    assert (scheme.model.in_, scheme.auto_error, scheme.check_api_key("")) == (APIKeyIn.cookie, False, None)


def test_an_unknown_option_is_rejected():
    with pytest.raises(TypeError, match="auto_errors"):
        APIKeyQuery(name="key", auto_errors=False)  # type: ignore[call-arg]
