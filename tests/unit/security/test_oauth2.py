"""OAuth 2 and OpenID Connect read the Authorization header; the form keeps what it was given."""

import pytest

from laneway.exceptions import HTTPException
from laneway.openapi.models import OAuthFlows
from laneway.security import (
    OAuth2,
    OAuth2AuthorizationCodeBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
    OAuth2PasswordRequestFormStrict,
    OpenIdConnect,
    SecurityScopes,
)


def password_bearer(*, auto_error: bool = True) -> OAuth2PasswordBearer:
    return OAuth2PasswordBearer("/token", auto_error=auto_error)


def code_bearer(*, auto_error: bool = True) -> OAuth2AuthorizationCodeBearer:
    return OAuth2AuthorizationCodeBearer("/authorize", "/token", auto_error=auto_error)


def open_id(*, auto_error: bool = True) -> OpenIdConnect:
    return OpenIdConnect(openIdConnectUrl="/openid", auto_error=auto_error)


@pytest.mark.parametrize("scheme", [OAuth2, open_id])
def test_the_general_schemes_give_the_whole_header(ask, scheme):
    assert ask(scheme(), {"Authorization": "Other abc"}) == "Other abc"


@pytest.mark.parametrize("scheme", [password_bearer, code_bearer])
def test_the_bearer_schemes_give_the_token(ask, scheme):
    assert ask(scheme(), {"Authorization": "bearer abc"}) == "abc"


@pytest.mark.parametrize("scheme", [OAuth2, open_id, password_bearer, code_bearer])
def test_a_missing_header_is_refused_with_a_bearer_challenge(ask, scheme):
    with pytest.raises(HTTPException) as refused:
        ask(scheme())

    error = refused.value
    assert (error.status_code, error.detail, error.headers) == (
        401,
        "Not authenticated",
        {"WWW-Authenticate": "Bearer"},
    )


@pytest.mark.parametrize("scheme", [OAuth2, open_id, password_bearer, code_bearer])
def test_a_missing_header_is_none_when_it_is_optional(ask, scheme):
    assert ask(scheme(auto_error=False)) is None


@pytest.mark.parametrize("scheme", [password_bearer, code_bearer])
def test_another_scheme_is_refused_by_the_bearer_schemes(ask, scheme):
    with pytest.raises(HTTPException, match="Not authenticated"):
        ask(scheme(), {"Authorization": "Basic abc"})


def test_the_document_tells_the_password_flow():
    scheme = OAuth2PasswordBearer("/token", "mine", {"read": "Look"}, "By password", True, "/refresh")

    assert scheme.scheme_name == "mine"
    assert scheme.model.model_dump(mode="json", by_alias=True, exclude_none=True) == {
        "type": "oauth2",
        "description": "By password",
        "flows": {"password": {"tokenUrl": "/token", "refreshUrl": "/refresh", "scopes": {"read": "Look"}}},
    }


def test_the_document_tells_the_code_flow():
    model = OAuth2AuthorizationCodeBearer("/authorize", "/token").model

    assert model.model_dump(mode="json", by_alias=True, exclude_none=True)["flows"] == {
        "authorizationCode": {"authorizationUrl": "/authorize", "tokenUrl": "/token", "scopes": {}}
    }


def test_flows_may_be_given_as_a_model():
    flows = OAuthFlows.model_validate({"implicit": {"authorizationUrl": "/authorize"}})

    assert OAuth2(flows=flows).model.flows is flows


def test_no_flows_are_an_empty_object():
    assert OAuth2().model.flows == OAuthFlows()


def test_the_form_splits_its_scopes():
    form = OAuth2PasswordRequestForm(username="john", password="secret", scope="read  write")

    assert (form.scopes, form.grant_type, form.client_id) == (["read", "write"], None, None)


def test_the_strict_form_keeps_what_it_was_given():
    form = OAuth2PasswordRequestFormStrict("password", "john", "secret", "read", "me", "mine")

    assert vars(form) == {
        "grant_type": "password",
        "username": "john",
        "password": "secret",
        "scopes": ["read"],
        "client_id": "me",
        "client_secret": "mine",
    }


def test_scopes_are_also_given_as_one_string():
    scopes = SecurityScopes(["read", "write"])

    assert (scopes.scopes, scopes.scope_str) == (["read", "write"], "read write")


def test_scopes_are_empty_by_default():
    assert (SecurityScopes().scopes, SecurityScopes().scope_str) == ([], "")
