"""JSON beside a file in one multipart body."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from laneway import Form, Laneway, UploadFile
from laneway.testclient import TestClient

JSON = "application/json"


class Photo(BaseModel):
    title: str
    tags: list[str] = []
    place: dict[str, float] | None = None


class Video(BaseModel):
    seconds: int


def serve(endpoint: Callable[..., Any], **options: Any) -> TestClient:
    app = Laneway()
    app.post("/", **options)(endpoint)
    return TestClient(app)


async def add(photo: Annotated[Photo, Form(media_type=JSON)], file: UploadFile) -> dict[str, Any]:
    return {"photo": photo.model_dump(exclude_unset=True), "size": len(await file.read())}


def send(client: TestClient, part: Any, name: str = "photo") -> Any:
    return client.post("/", files={name: part, "file": ("a.jpg", b"abc", "image/jpeg")})


@pytest.mark.parametrize("part", [(None, "{}", JSON), ("blob", b"{}", JSON), (None, "{}")])
def test_part_is_json_however_it_comes(part: Any) -> None:
    """With its type, as a browser's blob with a file name, or as bare text."""
    name, _, *kind = part
    reply = send(serve(add), (name, b'{"title": "Sea", "tags": ["blue"]}', *kind))

    assert reply.json() == {"photo": {"title": "Sea", "tags": ["blue"]}, "size": 3}


def test_errors_tell_their_place_within_the_part() -> None:
    """Under the name of the parameter, as deep as they are."""
    reply = send(serve(add), (None, '{"tags": ["blue", 3], "place": {"north": "up"}}', JSON))

    assert reply.status_code == 422
    assert [error["loc"] for error in reply.json()["detail"]] == [
        ["body", "photo", "title"],
        ["body", "photo", "tags", 1],
        ["body", "photo", "place", "north"],
    ]


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        (b'{"title":', 9, "Expecting value"),
        (b"title=Sea", 0, "Expecting value"),
        (b'{"title": "\xff"}', 11, "not in UTF-8"),
        (b"[" * 100_000, 0, "nested too deeply"),
    ],
)
def test_malformed_json_is_the_clients_error(text: bytes, position: int, problem: str) -> None:
    """As that of a JSON body, with the part's name."""
    reply = send(serve(add), ("blob", text, JSON))

    assert reply.status_code == 422
    assert reply.json()["detail"] == [
        {
            "type": "json_invalid",
            "loc": ["body", "photo", position],
            "msg": "JSON decode error",
            "input": {},
            "ctx": {"error": problem},
        }
    ]


@pytest.mark.parametrize("part", [(None, ""), ("blob", b"", JSON)])
def test_empty_part_is_a_missing_one(part: Any) -> None:
    """As an empty field of a form is."""
    reply = send(serve(add), part)

    assert [(error["type"], error["loc"]) for error in reply.json()["detail"]] == [
        ("missing", ["body", "photo"])
    ]


def test_optional_part_may_be_left_out_or_null() -> None:
    """Null is a value of JSON."""

    async def maybe(
        file: UploadFile, photo: Annotated[Photo | None, Form(media_type=JSON)] = None
    ) -> str | None:
        return None if photo is None else photo.title

    client = serve(maybe)

    assert [send(client, (None, text), "photo").json() for text in ("null", '{"title": "Sea"}')] == [
        None,
        "Sea",
    ]
    assert client.post("/", files={"file": ("a", b"")}).json() is None


def test_part_need_not_be_a_model() -> None:
    """A list in JSON is one entry, not a repeated one."""

    async def numbers(
        numbers: Annotated[list[int], Form(media_type=JSON)], name: Annotated[str, Form()]
    ) -> Any:
        return [name, numbers]

    assert serve(numbers).post("/", data={"numbers": "[1, 2]", "name": "a"}).json() == ["a", [1, 2]]


def test_union_of_models_takes_the_member_that_fits() -> None:
    """By the JSON itself; there are no repeated keys to make sense of."""

    async def medium(medium: Annotated[Photo | Video, Form(media_type=JSON)]) -> Any:
        return type(medium).__name__

    client = serve(medium)

    assert client.post("/", data={"medium": '{"seconds": 3}'}).json() == "Video"
    assert client.post("/", data={"medium": '{"title": "Sea", "tags": ["a"]}'}).json() == "Photo"


def test_part_may_have_another_name() -> None:
    """The alias of the parameter, in errors too."""

    async def named(
        photo: Annotated[Photo, Form(alias="meta", media_type="application/vnd.photo+json")],
    ) -> str:
        return photo.title

    client = serve(named)

    assert client.post("/", data={"meta": '{"title": "Sea"}'}).json() == "Sea"
    assert client.post("/", data={"meta": "{}"}).json()["detail"][0]["loc"] == ["body", "meta", "title"]


def test_other_models_of_the_form_stay_flat() -> None:
    """Only what is declared as JSON is JSON."""

    async def both(photo: Annotated[Photo, Form(media_type=JSON)], video: Annotated[Video, Form()]) -> Any:
        return [photo.title, video.seconds]

    assert serve(both).post("/", data={"photo": '{"title": "Sea"}', "seconds": "3"}).json() == ["Sea", 3]


def test_json_that_comes_as_a_file_has_the_limit_of_a_field() -> None:
    """It is read into memory, too."""
    client = serve(add, form_limits={"max_part_size": 2048})

    assert send(client, ("blob", b" " * 4096, JSON)).status_code == 400
    assert send(client, (None, " " * 4096, JSON)).status_code == 400


def test_document_tells_the_type_of_the_part() -> None:
    """A generated client sends it so; the schema is that of the value, not of a text."""
    document = serve(add).get("/openapi.json").json()
    content = document["paths"]["/"]["post"]["requestBody"]["content"]

    assert content == {
        "multipart/form-data": {
            "schema": {"$ref": "#/components/schemas/Body_add__post"},
            "encoding": {"photo": {"contentType": JSON}},
        }
    }
    body = document["components"]["schemas"]["Body_add__post"]
    assert body["properties"]["photo"] == {"$ref": "#/components/schemas/Photo"}
    assert body["required"] == ["photo", "file"]


def test_document_says_multipart_also_without_a_file() -> None:
    """Entries of a plain form have no types."""

    async def alone(photo: Annotated[Photo, Form(media_type=JSON)]) -> None:
        """Take it."""

    document = serve(alone).get("/openapi.json").json()

    assert list(document["paths"]["/"]["post"]["requestBody"]["content"]) == ["multipart/form-data"]


def test_document_of_other_forms_has_no_encoding() -> None:
    """As in FastAPI."""

    async def plain(video: Annotated[Video, Form()], file: UploadFile) -> None:
        """Take it."""

    document = serve(plain).get("/openapi.json").json()

    assert "encoding" not in document["paths"]["/"]["post"]["requestBody"]["content"]["multipart/form-data"]
