"""From the body of a request to arguments: JSON, bytes, forms and files."""

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from laneway import Body, File, Form, Laneway, Request, UploadFile
from laneway.testing import TestClient


@pytest.fixture
def app() -> Laneway:
    return Laneway(openapi_url=None)


def locations(reply: Any) -> list[list[Any]]:
    """Where the errors of a 422 are."""
    assert reply.status_code == 422
    return [error["loc"] for error in reply.json()["detail"]]


class Item(BaseModel):
    name: str
    price: float = 1.5


def test_one_model_is_the_whole_body(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item) -> Item:
        return item

    assert TestClient(app).post("/", json={"name": "a"}).json() == {"name": "a", "price": 1.5}


def test_an_embedded_model_stands_under_its_name(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Annotated[Item, Body(embed=True)]) -> Item:
        return item

    assert TestClient(app).post("/", json={"item": {"name": "a"}}).json()["name"] == "a"


@pytest.fixture
def several(app: Laneway) -> TestClient:
    @app.post("/")
    async def create(
        item: Item, count: Annotated[int, Body()], note: Annotated[str | None, Body()] = "none"
    ) -> Any:
        return [item, count, note]

    return TestClient(app)


def test_several_values_stand_under_their_names(several: TestClient) -> None:
    reply = several.post("/", json={"item": {"name": "a"}, "count": "2"})

    assert reply.json() == [{"name": "a", "price": 1.5}, 2, "none"]


def test_errors_of_several_values_name_them(several: TestClient) -> None:
    reply = several.post("/", json={"item": {}, "count": "x"})

    assert locations(reply) == [["body", "item", "name"], ["body", "count"]]


def test_an_explicit_null_is_not_a_missing_value(several: TestClient) -> None:
    reply = several.post("/", json={"item": {"name": "a"}, "count": 1, "note": None})

    assert reply.json()[2] is None


def test_null_is_no_value_for_what_may_not_be_null(several: TestClient) -> None:
    reply = several.post("/", json={"item": None, "count": 1})

    assert reply.json()["detail"][0]["type"] == "model_attributes_type"


def test_a_missing_body_is_told(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item) -> None: ...

    assert TestClient(app).post("/").json()["detail"][0] == {
        "type": "missing",
        "loc": ["body"],
        "msg": "Field required",
        "input": None,
    }


def test_an_optional_body_may_be_missing(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item | None = None) -> bool:
        return item is None

    assert TestClient(app).post("/").json() is True


def test_a_body_whose_class_is_never_complete_may_stay_away(app: Laneway) -> None:
    """Such a type is an error when a value comes, as in FastAPI, and not before."""

    class Unfinished(BaseModel):
        later: "Never"  # type: ignore[name-defined]  # noqa: F821

    @app.post("/")
    async def create(item: Unfinished | None = None) -> str:
        return "nothing came"

    assert TestClient(app).post("/").json() == "nothing came"


def test_bytes_that_are_no_text_are_told(app: Laneway) -> None:
    """They stand in the error, which is text; FastAPI answers 500."""

    @app.post("/")
    async def create(item: Item) -> Item:
        return item

    reply = TestClient(app).post("/", content=b'{"name": "\xbd"}', headers={"content-type": "text/plain"})

    assert locations(reply) == [["body"]]
    assert reply.json()["detail"][0]["input"] == '{"name": "\ufffd"}'


def test_json_that_is_none_is_told_with_its_place(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item) -> None: ...

    reply = TestClient(app).post("/", content=b'{"name": }', headers={"content-type": "application/json"})

    assert reply.json() == {
        "detail": [
            {
                "type": "json_invalid",
                "loc": ["body", 9],
                "msg": "JSON decode error",
                "input": {},
                "ctx": {"error": "Expecting value"},
            }
        ]
    }


@pytest.mark.parametrize(
    "kind", ["application/json", "application/problem+json", "application/json; charset=utf-8"]
)
def test_a_body_that_says_json_is_read(app: Laneway, kind: str) -> None:
    @app.post("/")
    async def create(item: Item) -> str:
        return item.name

    assert TestClient(app).post("/", content=b'{"name": "a"}', headers={"content-type": kind}).json() == "a"


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}], ids=["nothing", "something else"])
def test_a_body_that_does_not_say_json_is_not_read_as_json(app: Laneway, headers: dict[str, str]) -> None:
    """A form of another site cannot send JSON by calling it text."""

    @app.post("/")
    async def create(item: Item) -> None: ...

    assert TestClient(app).post("/", content=b'{"name": "a"}', headers=headers).status_code == 422


def test_content_type_may_be_left_out_when_told() -> None:
    app = Laneway(openapi_url=None, strict_content_type=False)

    @app.post("/")
    async def create(item: Item) -> str:
        return item.name

    assert TestClient(app).post("/", content=b'{"name": "a"}').json() == "a"


def test_bytes_are_the_body_as_it_came(app: Laneway) -> None:
    @app.post("/")
    async def create(body: Annotated[bytes, Body(media_type="application/octet-stream")]) -> int:
        return len(body)

    headers = {"content-type": "application/octet-stream"}

    assert TestClient(app).post("/", content=b"\x00\xff", headers=headers).json() == 2


def test_a_body_in_pieces_is_joined(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item) -> str:
        return item.name

    pieces = (bytes([byte]) for byte in json.dumps({"name": "abc"}).encode())
    reply = TestClient(app).post("/", content=pieces, headers={"content-type": "application/json"})

    assert reply.json() == "abc"


def test_the_endpoint_may_read_the_request_after_the_body_was_parsed(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Item, request: Request) -> list[Any]:
        return [item.name, (await request.json())["name"], len(await request.body())]

    assert TestClient(app).post(
        "/", content=b'{"name":"a"}', headers={"content-type": "application/json"}
    ).json() == [
        "a",
        "a",
        12,
    ]


def test_a_discriminated_union_takes_the_named_member(app: Laneway) -> None:
    class Cat(BaseModel):
        kind: Literal["cat"]
        lives: int = 9

    class Dog(BaseModel):
        kind: Literal["dog"]
        barks: bool = True

    @app.post("/")
    async def create(pet: Annotated[Cat | Dog, Body(discriminator="kind")]) -> Any:
        return pet

    assert TestClient(app).post("/", json={"kind": "dog"}).json() == {"kind": "dog", "barks": True}


@pytest.mark.parametrize(("size", "status"), [(10, 200), (11, 413)])
def test_a_body_over_the_limit_is_refused(app: Laneway, size: int, status: int) -> None:
    @app.post("/", max_body_size=10)
    async def create(body: Annotated[Any, Body()]) -> None: ...

    reply = TestClient(app).post(
        "/", content=b'"' + b"x" * (size - 2) + b'"', headers={"content-type": "application/json"}
    )

    assert reply.status_code == status


# -- forms and files


def test_a_form_is_read(app: Laneway) -> None:
    @app.post("/")
    async def login(name: Annotated[str, Form()], age: Annotated[int, Form()] = 18) -> list[Any]:
        return [name, age]

    assert TestClient(app).post("/", data={"name": "n", "age": "20"}).json() == ["n", 20]


def test_an_empty_field_of_a_form_is_not_sent(app: Laneway) -> None:
    """Browsers send what nobody filled in."""

    @app.post("/")
    async def login(name: Annotated[str, Form()]) -> None: ...

    assert locations(TestClient(app).post("/", data={"name": ""})) == [["body", "name"]]


def test_a_model_collects_a_form(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Annotated[Item, Form()]) -> Item:
        return item

    assert TestClient(app).post("/", data={"name": "a", "price": "2"}).json() == {"name": "a", "price": 2.0}


def test_a_file_is_read(app: Laneway) -> None:
    @app.post("/")
    async def create(file: UploadFile, note: Annotated[str, Form()]) -> list[Any]:
        return [file.filename, file.content_type, (await file.read()).decode(), note]

    reply = TestClient(app).post("/", files={"file": ("a.txt", b"abc", "text/plain")}, data={"note": "n"})

    assert reply.json() == ["a.txt", "text/plain", "abc", "n"]


def test_several_files_are_a_list(app: Laneway) -> None:
    @app.post("/")
    async def create(files: list[UploadFile]) -> list[str | None]:
        return [file.filename for file in files]

    reply = TestClient(app).post("/", files=[("files", ("a", b"")), ("files", ("b", b"b"))])

    assert reply.json() == ["a", "b"]


def test_a_file_may_be_bytes(app: Laneway) -> None:
    @app.post("/")
    async def create(file: Annotated[bytes, File()]) -> int:
        return len(file)

    assert TestClient(app).post("/", files={"file": ("a", b"abc")}).json() == 3


def test_an_upload_is_closed_after_the_request(app: Laneway) -> None:
    kept: list[UploadFile] = []

    @app.post("/")
    async def create(file: UploadFile) -> None:
        kept.append(file)

    TestClient(app).post("/", files={"file": ("a", b"abc")})

    assert kept[0].file.closed


def test_too_many_fields_of_a_form_are_refused(app: Laneway) -> None:
    @app.post("/", form_limits={"max_fields": 1})
    async def create(a: Annotated[str, Form()], b: Annotated[str, Form()]) -> None: ...

    assert TestClient(app).post("/", data={"a": "1", "b": "2"}).status_code == 400


class Card(BaseModel):
    number: str


class Transfer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    iban: str
    tags: list[str] = []


@pytest.fixture
def paying(app: Laneway) -> TestClient:
    @app.post("/")
    async def pay(payment: Annotated[Card | Transfer, Form()]) -> dict[str, Any]:
        return {type(payment).__name__: payment.model_dump()}

    return TestClient(app)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"number": "5"}, {"Card": {"number": "5"}}),
        ({"iban": "DE", "tags": ["a", "b"]}, {"Transfer": {"iban": "DE", "tags": ["a", "b"]}}),
        ({"iban": "DE", "tags": ["a"]}, {"Transfer": {"iban": "DE", "tags": ["a"]}}),
    ],
)
def test_a_form_may_be_one_of_several_models(paying: TestClient, data: Any, expected: Any) -> None:
    assert paying.post("/", data=data).json() == expected


def test_errors_of_several_models_name_the_model(paying: TestClient) -> None:
    found = {error[1] for error in locations(paying.post("/", data={"tool": "x"}))}

    assert found == {"Card", "Transfer"}


def test_an_optional_form_may_be_left_out(app: Laneway) -> None:
    @app.post("/")
    async def create(item: Annotated[Item | None, Form()] = None) -> bool:
        return item is None

    client = TestClient(app)

    assert [client.post("/").json(), client.post("/", data={"name": "a"}).json()] == [True, False]


def test_a_form_model_may_forbid_what_it_does_not_know(app: Laneway) -> None:
    @app.post("/")
    async def create(transfer: Annotated[Transfer, Form()]) -> None: ...

    assert locations(TestClient(app).post("/", data={"iban": "DE", "tool": "x"})) == [["body", "tool"]]


def test_an_empty_file_input_is_not_sent(app: Laneway) -> None:
    """Browsers send a nameless empty file where nothing was chosen."""

    @app.post("/")
    async def create(file: UploadFile | None = None) -> bool:
        return file is None

    boundary = b'--b\r\ncontent-disposition: form-data; name="file"; filename=""\r\n\r\n\r\n--b--\r\n'
    reply = TestClient(app).post(
        "/", content=boundary, headers={"content-type": "multipart/form-data; boundary=b"}
    )

    assert reply.json() is True
