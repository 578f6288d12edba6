"""The document around its operations."""

import warnings

import pytest
from pydantic import BaseModel, ValidationError
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from laneway.openapi.utils import get_openapi
from laneway.routing import APIRouter

from .conftest import Describe


def test_an_api_without_routes_has_empty_paths(document: Describe) -> None:
    """OpenAPI wants paths, webhooks or components to be there."""
    assert document() == {"openapi": "3.1.0", "info": {"title": "Test", "version": "1"}, "paths": {}}


def test_a_plain_route_is_described_in_full(router: APIRouter, document: Describe) -> None:
    """This is all there is to say of a route that takes nothing and promises nothing."""

    @router.get("/ping")
    def ping_server() -> None:
        """Answer."""

    assert document()["paths"] == {
        "/ping": {
            "get": {
                "summary": "Ping Server",
                "description": "Answer.",
                "operationId": "ping_server_ping_get",
                "responses": {
                    "200": {
                        "description": "Successful Response",
                        "content": {"application/json": {"schema": {}}},
                    }
                },
            }
        }
    }


def test_members_come_in_the_order_of_the_specification(router: APIRouter, document: Describe) -> None:
    """People read the document, too."""

    @router.post("/x", tags=["a"], deprecated=True)
    def take(body: dict[str, int], q: int = 0) -> None:
        """Take it."""

    found = document(tags=[{"name": "a"}], servers=[{"url": "/api"}])

    assert list(found) == ["openapi", "info", "servers", "paths", "components", "tags"]
    assert list(found["paths"]["/x"]["post"]) == [
        "tags",
        "summary",
        "description",
        "operationId",
        "deprecated",
        "parameters",
        "requestBody",
        "responses",
    ]


def test_all_that_is_said_of_the_api_enters(document: Describe) -> None:
    """Each option has its member."""
    found = document(
        summary="Short",
        description="Long",
        terms_of_service="https://example.com/terms",
        contact={"name": "A", "url": "https://example.com/a", "email": "a@example.com"},
        license_info={"name": "MIT", "identifier": "MIT"},
        servers=[{"url": "https://example.com/v1"}],
        external_docs={"url": "https://example.com/docs", "description": "More"},
        openapi_version="3.1.1",
    )

    assert found == {
        "openapi": "3.1.1",
        "info": {
            "title": "Test",
            "version": "1",
            "summary": "Short",
            "description": "Long",
            "termsOfService": "https://example.com/terms",
            "contact": {"name": "A", "url": "https://example.com/a", "email": "a@example.com"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "https://example.com/v1"}],
        "paths": {},
        "externalDocs": {"url": "https://example.com/docs", "description": "More"},
    }


def test_a_part_that_does_not_fit_openapi_is_refused(document: Describe) -> None:
    """Better here than in a client generator."""
    with pytest.raises(ValidationError, match="name"):
        document(license_info={"url": "https://example.com"})


def test_routes_of_others_and_hidden_routes_are_left_out(router: APIRouter) -> None:
    """Mounts, pages, WebSockets and what is hidden on purpose."""

    @router.get("/hidden", include_in_schema=False)
    def hidden() -> None: ...

    @router.websocket("/socket")
    async def socket() -> None: ...

    routes = [
        *router.routes,
        Mount("/mounted", PlainTextResponse("mounted")),
        Route("/page", PlainTextResponse("page")),
    ]

    assert get_openapi(title="Test", version="1", routes=routes)["paths"] == {}


def test_methods_of_one_path_share_its_item(router: APIRouter, document: Describe) -> None:
    """Whether declared together or apart."""

    @router.get("/x")
    def read() -> None: ...

    @router.put("/x")
    def write() -> None: ...

    assert list(document()["paths"]["/x"]) == ["get", "put"]


def test_convertors_do_not_show_in_paths(router: APIRouter, document: Describe) -> None:
    """OpenAPI knows bare names only."""

    @router.get("/files/{name:path}")
    def read(name: str) -> None: ...

    assert list(document()["paths"]) == ["/files/{name}"]


def test_an_operation_id_used_twice_is_reported(router: APIRouter, document: Describe) -> None:
    """Client generators make one function of the two."""

    @router.get("/a", operation_id="same")
    def first() -> None: ...

    @router.get("/b", operation_id="same")
    def second() -> None: ...

    with pytest.warns(
        UserWarning, match="Duplicate Operation ID same for function second at .*test_document.py"
    ):
        document()


def test_different_operation_ids_are_not_reported(router: APIRouter, document: Describe) -> None:
    """The same function may serve two paths."""

    @router.get("/a")
    @router.get("/b")
    def read() -> None: ...

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document()


def test_webhooks_stand_beside_the_paths(document: Describe) -> None:
    """They are operations of others."""
    webhooks = APIRouter()

    @webhooks.post("order-paid")
    def order_paid(order: int) -> None: ...

    found = document(webhooks=webhooks.routes)

    assert found["paths"] == {}
    assert found["webhooks"]["order-paid"]["post"]["operationId"] == "order_paidorder_paid_post"


def test_callbacks_stand_under_their_names(router: APIRouter, document: Describe) -> None:
    """With the address as the caller gave it, and their validation errors explained."""
    callbacks = APIRouter()

    @callbacks.post("{$request.query.url}")
    def paid(order: int) -> None: ...

    @router.get("/pay", callbacks=callbacks.routes)
    def pay() -> None: ...

    found = document()

    assert list(found["paths"]["/pay"]["get"]["callbacks"]["paid"]["{$request.query.url}"]) == ["post"]
    assert "HTTPValidationError" in found["components"]["schemas"]


def test_extra_members_are_merged_last(router: APIRouter, document: Describe) -> None:
    """Lists grow, dictionaries merge, the rest is replaced."""

    @router.get(
        "/x",
        tags=["a"],
        openapi_extra={
            "x-code": [1],
            "tags": ["b"],
            "summary": "Mine",
            "responses": {"200": {"x-new": True}},
        },
    )
    def read() -> None: ...

    found = document()["paths"]["/x"]["get"]

    assert found["x-code"] == [1]
    assert found["tags"] == ["a", "b"]
    assert found["summary"] == "Mine"
    assert found["responses"]["200"]["description"] == "Successful Response"
    assert found["responses"]["200"]["x-new"] is True


def test_making_a_document_changes_nothing_that_another_shows(router: APIRouter, document: Describe) -> None:
    """Users edit the document they get."""

    @router.get("/x", responses={404: {"description": "Gone", "headers": {}}}, openapi_extra={"tags": ["a"]})
    def read(q: int) -> None: ...

    first = document()
    before = document()
    first["paths"]["/x"]["get"]["responses"]["404"]["headers"]["X-New"] = {}
    first["components"]["schemas"]["ValidationError"]["properties"].clear()

    assert document() == before


def test_a_description_ends_at_a_form_feed(router: APIRouter, document: Describe) -> None:
    """What follows is for readers of the source."""

    class Item(BaseModel):
        """Shown.\fHidden."""  # noqa: D301  # a real form feed

    @router.get("/x")
    def read() -> Item:
        """Shown.\fHidden."""  # noqa: D301  # a real form feed
        return Item()

    found = document()

    assert found["paths"]["/x"]["get"]["description"] == "Shown."
    assert found["components"]["schemas"]["Item"]["description"] == "Shown."
