"""Objects without a hash, such as dataclasses that can be called, serve as endpoints and dependencies."""

from dataclasses import dataclass, field
from typing import Annotated

import pytest

from laneway import Depends, Laneway, WebSocket
from laneway.testing import TestClient


@dataclass
class Blocking:
    """Compares by value, so Python gives it no hash."""

    greeting: str
    calls: list[str] = field(default_factory=list)

    def __call__(self, name: str = "you") -> str:
        self.calls.append(name)
        return f"{self.greeting} {name} {len(self.calls)}"


@dataclass
class Awaiting(Blocking):
    async def __call__(self, name: str = "you") -> str:  # type: ignore[override]
        return super().__call__(name)


@dataclass(frozen=True)
class Deep:
    """Has a hash that fails, because of what it holds."""

    words: list[str]

    def __call__(self) -> str:
        return " ".join(self.words)


@pytest.mark.parametrize("call", [Blocking("hi"), Awaiting("hi")])
def test_one_is_an_endpoint(call: Blocking) -> None:
    """Its parameters are read as any function's."""
    app = Laneway()
    app.get("/")(call)

    with TestClient(app) as client:
        assert client.get("/?name=Ann").json() == "hi Ann 1"


@pytest.mark.parametrize("call", [Blocking("hi"), Awaiting("hi")])
def test_one_is_a_dependency_called_once_in_a_request(call: Blocking) -> None:
    app = Laneway()

    @app.get("/")
    async def read(first: Annotated[str, Depends(call)], second: Annotated[str, Depends(call)]) -> list[str]:
        return [first, second]

    with TestClient(app) as client:
        assert client.get("/").json() == ["hi you 1", "hi you 1"]


def test_equal_ones_are_two_dependencies() -> None:
    """Without a hash nothing says that one may stand for the other."""
    app = Laneway()

    @app.get("/")
    async def read(
        first: Annotated[str, Depends(Blocking("a"))], second: Annotated[str, Depends(Blocking("a"))]
    ) -> list[str]:
        return [first, second]

    with TestClient(app) as client:
        assert client.get("/").json() == ["a you 1", "a you 1"]


def test_one_whose_hash_fails_is_a_dependency() -> None:
    app = Laneway()

    @app.get("/")
    async def read(words: Annotated[str, Depends(Deep(["two", "words"]))]) -> str:
        return words

    with TestClient(app) as client:
        assert client.get("/").json() == "two words"


def test_one_is_a_dependency_of_a_websocket() -> None:
    """Whose tree is interpreted instead of compiled."""
    app, call = Laneway(), Blocking("hi")

    @app.websocket("/")
    async def talk(websocket: WebSocket, said: Annotated[str, Depends(call)]) -> None:
        await websocket.accept()
        await websocket.send_text(said)

    with TestClient(app) as client, client.websocket_connect("/") as websocket:
        assert websocket.receive_text() == "hi you 1"


def test_one_is_served_while_others_are_overridden() -> None:
    app, call = Laneway(), Blocking("hi")
    app.get("/")(call)
    app.get("/dep", dependencies=[Depends(call)])(lambda: "x")
    app.dependency_overrides[len] = lambda: 1

    with TestClient(app) as client:
        assert [client.get(path).json() for path in ("/", "/dep")] == ["hi you 1", "x"]


def test_one_is_documented() -> None:
    app = Laneway()
    app.get("/", dependencies=[Depends(Blocking("a"))])(Blocking("b"))

    parameters = app.openapi()["paths"]["/"]["get"]["parameters"]

    assert [parameter["name"] for parameter in parameters] == ["name"]
