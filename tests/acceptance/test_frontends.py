"""`app.frontend`: built files below a path, where no route of the API matches."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest

from laneway import APIRouter, BackgroundTasks, Depends, Header, HTTPException, Laneway, Response
from laneway.cli.routes import routes_of, row
from laneway.testing import TestClient

HTML = {"accept": "text/html"}


@pytest.fixture
def app() -> Laneway:
    return Laneway()


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """What a build tool wrote: a page, a script, a directory with a page of its own."""
    files = {"index.html": "page", "assets/app.js": "script", "about/index.html": "about"}
    for name, text in files.items():
        file = tmp_path / "dist" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "dist"


def test_a_file_is_served_below_the_path(app: Laneway, build: Path) -> None:
    app.frontend("/ui", directory=build)

    assert TestClient(app).get("/ui/assets/app.js").text == "script"


def test_the_path_itself_leads_to_the_page(app: Laneway, build: Path) -> None:
    app.frontend("/ui/", directory=build)

    assert TestClient(app).get("/ui").text == "page"


def test_a_path_that_only_begins_alike_is_not_the_frontends(app: Laneway, build: Path) -> None:
    app.frontend("/ui", directory=build)

    assert TestClient(app).get("/uint", headers=HTML).status_code == 404


def test_a_route_wins_over_a_file_also_when_it_is_declared_later(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)

    @app.get("/assets/app.js")
    async def read() -> str:
        return "route"

    assert TestClient(app).get("/assets/app.js").json() == "route"


def test_a_route_without_the_method_wins_over_a_file(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)

    @app.post("/assets/app.js")
    async def write() -> None: ...

    assert TestClient(app).get("/assets/app.js").status_code == 405


def test_the_docs_pages_keep_their_files_below_a_frontend_of_the_whole_app(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build, fallback="index.html")
    page = TestClient(app).get("/docs")
    script = next(part for part in page.text.split('"') if part.endswith(".js"))

    assert TestClient(app).get(script).headers["content-type"].startswith("text/javascript")


def test_the_longest_path_wins(app: Laneway, build: Path, tmp_path: Path) -> None:
    (tmp_path / "admin").mkdir()
    (tmp_path / "admin" / "index.html").write_text("admin")
    app.frontend("/", directory=build)
    app.frontend("/admin", directory=tmp_path / "admin")

    assert TestClient(app).get("/admin/users", headers=HTML).text == "admin"


def test_a_browser_that_goes_to_an_unknown_address_gets_the_page(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)

    assert TestClient(app).get("/users/3", headers=HTML).text == "page"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html;q=0", "image/png"])
def test_others_get_404_for_an_unknown_address(app: Laneway, build: Path, accept: str) -> None:
    app.frontend("/", directory=build)

    assert TestClient(app).get("/users/3", headers={"accept": accept}).status_code == 404


def test_a_404_page_goes_before_the_index(app: Laneway, build: Path) -> None:
    (build / "404.html").write_text("nothing here")
    app.frontend("/", directory=build)
    reply = TestClient(app).get("/users/3", headers=HTML)

    assert (reply.status_code, reply.text) == (404, "nothing here")


def test_without_a_fallback_an_unknown_address_is_404(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build, fallback=None)

    assert TestClient(app).get("/users/3", headers=HTML).json() == {"detail": "Not Found"}


def test_a_directory_redirects_to_its_slash(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)
    reply = TestClient(app).get("/about", follow_redirects=False)

    assert (reply.status_code, reply.headers["location"]) == (307, "http://testserver/about/")


@pytest.mark.parametrize(("path", "status"), [("/assets/app.js", 405), ("/about/", 405), ("/users/3", 404)])
def test_other_methods_are_refused(app: Laneway, build: Path, path: str, status: int) -> None:
    """405 where a file is, 404 elsewhere."""
    app.frontend("/", directory=build)

    assert TestClient(app).post(path, headers=HTML).status_code == status


@pytest.mark.parametrize(
    "path", ["/%2e%2e/secret", "/..%2fsecret", "/assets/..%2f..%2fsecret", "/%00", "/" + "a" * 300]
)
def test_nothing_outside_the_directory_is_served(app: Laneway, build: Path, path: str) -> None:
    (build.parent / "secret").write_text("secret")
    app.frontend("/", directory=build, fallback=None)

    assert TestClient(app).get(path).status_code == 404


def test_dependencies_of_the_router_guard_the_files(app: Laneway, build: Path) -> None:
    def check(x_token: Annotated[str, Header()] = "") -> None:
        if x_token != "open":
            raise HTTPException(401)

    router = APIRouter(dependencies=[Depends(check)])
    router.frontend("/", directory=build)
    app.include_router(router, prefix="/ui")
    client = TestClient(app)

    assert client.get("/ui/assets/app.js").status_code == 401
    assert client.get("/ui/assets/app.js", headers={"x-token": "open"}).text == "script"


def test_an_override_holds_for_a_frontends_dependency(build: Path) -> None:
    def refuse() -> None:
        raise HTTPException(401)

    app = Laneway(dependencies=[Depends(refuse)])
    app.frontend("/", directory=build)
    client = TestClient(app)
    before = client.get("/").status_code
    app.dependency_overrides[refuse] = lambda: None

    assert (before, client.get("/").status_code) == (401, 200)


def test_what_dependencies_set_is_in_the_reply(build: Path) -> None:
    """Headers, background tasks, and clean-up after the file."""
    events: list[str] = []

    def mark(response: Response, tasks: BackgroundTasks) -> Iterator[None]:
        response.headers["x-mark"] = "here"
        tasks.add_task(events.append, "task")
        yield
        events.append("closed")

    app = Laneway(dependencies=[Depends(mark)])
    app.frontend("/", directory=build)
    reply = TestClient(app).get("/assets/app.js")

    assert (reply.headers["x-mark"], events) == ("here", ["task", "closed"])


def test_which_file_is_asked_for_is_no_parameter_of_dependencies(build: Path) -> None:
    def check(path: str) -> None: ...

    app = Laneway(dependencies=[Depends(check)])
    app.frontend("/", directory=build)

    assert TestClient(app).get("/").json()["detail"][0]["loc"] == ["query", "path"]


def test_a_prefix_with_a_parameter_reaches_dependencies(app: Laneway, build: Path) -> None:
    seen: list[int] = []

    def note(tenant: int) -> None:
        seen.append(tenant)

    router = APIRouter(dependencies=[Depends(note)])
    router.frontend("/ui", directory=build)
    app.include_router(router, prefix="/tenants/{tenant}")

    assert TestClient(app).get("/tenants/3/ui/").text == "page"
    assert seen == [3]


def test_a_frontend_added_after_an_include_is_served(app: Laneway, build: Path) -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter(prefix="/outer")
    outer.include_router(inner)
    app.include_router(outer, prefix="/v1")
    inner.frontend("/", directory=build)

    assert TestClient(app).get("/v1/outer/inner/about/").text == "about"


def test_a_frontend_is_not_in_the_schema(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)

    assert app.openapi()["paths"] == {}


def test_a_missing_directory_is_an_error_at_once(app: Laneway, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"dist' does not exist"):
        app.frontend("/", directory=tmp_path / "dist")


def test_a_missing_directory_is_a_warning_where_one_develops(
    app: Laneway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build may come later."""
    monkeypatch.setenv("FASTAPI_ENV", "development")

    with pytest.warns(UserWarning, match="does not exist") as warned:
        app.frontend("/", directory=tmp_path / "dist")
    assert warned[0].filename == __file__


def test_a_missing_fallback_page_is_an_error_at_once(app: Laneway, build: Path) -> None:
    with pytest.raises(RuntimeError, match=r"'404.html' does not exist"):
        app.frontend("/", directory=build, fallback="404.html")


@pytest.mark.parametrize("path", ["", "ui"])
def test_a_path_without_a_leading_slash_is_refused(app: Laneway, build: Path, path: str) -> None:
    with pytest.raises(AssertionError, match="must start with '/'"):
        app.frontend(path, directory=build)


def test_an_unknown_fallback_is_refused(app: Laneway, build: Path) -> None:
    with pytest.raises(AssertionError, match="fallback must be"):
        app.frontend("/", directory=build, fallback="start.html")  # type: ignore[arg-type]


def test_the_command_line_lists_frontends_after_the_routes(app: Laneway, build: Path) -> None:
    app.frontend("/", directory=build)
    app.add_api_route("/late", lambda: None)
    listed = [row(route) for route in routes_of(app)]

    assert (listed[-1].path, listed[-1].methods, listed[-1].name) == ("/{path:path}", ["GET"], "frontend")
    assert listed[-1].source.endswith("dist")
    assert listed[-2].path == "/late"
