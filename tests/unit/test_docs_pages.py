"""The documentation pages and their files, without a browser."""

import gzip
import hashlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from laneway import Laneway
from laneway.openapi.asset_files import (
    ASSETS,
    ASSETS_FOLDER,
    FAVICON,
    REDOC_JS,
    SWAGGER_UI_CSS,
    SWAGGER_UI_JS,
    Asset,
    asset_url,
    is_bundled,
)
from laneway.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
    swagger_ui_default_parameters,
)
from laneway.openapi.docs_routes import DOCS_ASSETS, docs_endpoints
from laneway.openapi.page_policy import hash_source, origins


class App:
    """What the endpoints read of an application; a test changes what it is about."""

    def __init__(self, **changes: Any) -> None:
        self.title = "Shop"
        self.root_path_in_servers = True
        self.openapi_url: str | None = "/openapi.json"
        self.docs_url: str | None = "/docs"
        self.redoc_url: str | None = "/redoc"
        self.swagger_ui_oauth2_redirect_url: str | None = "/docs/oauth2-redirect"
        self.swagger_ui_init_oauth: dict[str, Any] | None = None
        self.swagger_ui_parameters: dict[str, Any] | None = None
        self.document: dict[str, Any] = {"openapi": "3.1.0", "paths": {}}
        vars(self).update(changes)

    def openapi(self) -> dict[str, Any]:
        """The document as it is now."""
        return self.document


def serve(app: App) -> Starlette:
    """The app's documentation endpoints, at the root and below `/below`."""
    routes = [*(Route(path, endpoint) for path, endpoint in docs_endpoints(app)), DOCS_ASSETS]
    return Starlette(routes=[Mount("/below", routes=routes), *routes])


@pytest.fixture
def client() -> Iterator[TestClient]:
    """A client of an app with the default settings."""
    with TestClient(serve(App())) as client:
        yield client


def policy(response: Any) -> dict[str, list[str]]:
    """The Content-Security-Policy of a response, sources by directive."""
    directives = (item.split() for item in response.headers["content-security-policy"].split(";"))
    return {name: sources for name, *sources in directives}


def text_of(response: Any) -> str:
    """The body of a response that was not sent."""
    return bytes(response.body).decode()


# --- files


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.name)
def test_a_file_is_served_at_its_url(client: TestClient, asset: Asset) -> None:
    """With its media type."""
    response = client.get(asset.url)
    assert (response.status_code, response.headers["content-type"]) == (200, asset.media_type)


def test_the_stored_files_are_those_of_the_manifest() -> None:
    """Nobody edited a vendored file by hand."""
    manifest = json.loads((ASSETS_FOLDER / "manifest.json").read_text())
    recorded = {
        file["stored_as"]: file["sha256"] for package in manifest["packages"] for file in package["files"]
    }
    stored = {
        asset.file.relative_to(ASSETS_FOLDER).as_posix(): hashlib.sha256(
            gzip.decompress(asset.file.read_bytes())
        ).hexdigest()
        for asset in ASSETS
        if asset.packed
    }
    assert stored == recorded


def test_the_manifest_names_the_served_versions() -> None:
    """The URL says which version a browser may keep for ever, so it must be true."""
    manifest = json.loads((ASSETS_FOLDER / "manifest.json").read_text())
    versions = {package["name"]: package["version"] for package in manifest["packages"]}
    assert versions == {asset.package: asset.version for asset in ASSETS if asset.packed}


def test_every_vendored_package_brings_its_licence() -> None:
    """As its licence demands."""
    manifest = json.loads((ASSETS_FOLDER / "manifest.json").read_text())
    files = [ASSETS_FOLDER / name for package in manifest["packages"] for name in package["licence_files"]]
    assert files
    assert all(file.stat().st_size for file in files)


def test_a_file_may_be_kept_for_ever(client: TestClient) -> None:
    """Its URL holds its version."""
    assert client.get(REDOC_JS.url).headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "*", "deflate;q=0.1, gzip"])
def test_a_client_that_takes_gzip_gets_the_stored_bytes(client: TestClient, accepted: str) -> None:
    """Nothing is compressed per request."""
    with client.stream("GET", SWAGGER_UI_CSS.url, headers={"accept-encoding": accepted}) as response:
        raw = b"".join(response.iter_raw())
    assert (response.headers["content-encoding"], raw) == ("gzip", SWAGGER_UI_CSS.file.read_bytes())


@pytest.mark.parametrize("accepted", ["", "identity", "gzip;q=0", "br", "*, gzip;q=0", "gzip;q=oops"])
def test_a_client_that_refuses_gzip_gets_plain_bytes(client: TestClient, accepted: str) -> None:
    """Unpacked on request."""
    response = client.get(SWAGGER_UI_CSS.url, headers={"accept-encoding": accepted})
    plain = gzip.decompress(SWAGGER_UI_CSS.file.read_bytes())
    assert ("content-encoding" in response.headers, response.content) == (False, plain)


def test_caches_keep_both_forms_apart(client: TestClient) -> None:
    """They differ in their validator, and the answer says on what it depends."""
    packed = client.get(REDOC_JS.url, headers={"accept-encoding": "gzip"}).headers
    plain = client.get(REDOC_JS.url, headers={"accept-encoding": "identity"}).headers
    assert packed["etag"] != plain["etag"]
    assert packed["vary"] == plain["vary"] == "accept-encoding"


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_a_client_that_has_the_file_gets_304(client: TestClient, form: str) -> None:
    """In every form of `If-None-Match`."""
    known = form.format(client.get(FAVICON.url).headers["etag"])
    response = client.get(FAVICON.url, headers={"if-none-match": known})
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.parametrize("path", ["", "manifest.json", "redoc@2.5.4/LICENSE", "redoc@1/redoc.standalone.js"])
def test_only_the_files_of_the_table_are_served(client: TestClient, path: str) -> None:
    """Whatever else lies in the folder, or is asked for in another version, is not there."""
    assert client.get("/_laneway/assets/" + path).status_code == 404


@pytest.mark.parametrize(
    "path", ["%2e%2e/docs.py", "redoc@2.5.4/%2e%2e/%2e%2e/%2e%2e/docs.py", "/etc/passwd"]
)
def test_no_path_leads_out_of_the_folder(client: TestClient, path: str) -> None:
    """A path is looked up in a table, never in the file system."""
    assert client.get("/_laneway/assets/" + path).status_code == 404


def test_importing_the_pages_reads_no_file_of_theirs() -> None:
    """An app that nobody asks for documentation does not pay for it."""
    code = (
        "import sys, pathlib; opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import laneway.openapi.docs_routes as routes\n"
        "folder = str(pathlib.Path(routes.__file__).parent / 'assets')\n"
        "sys.exit(any(name.startswith(folder) for name in opened))"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


# --- pages


def test_swagger_ui_takes_the_arguments_of_fastapi() -> None:
    """By name and in order."""
    assert list(inspect.signature(get_swagger_ui_html).parameters) == [
        "openapi_url",
        "title",
        "swagger_js_url",
        "swagger_css_url",
        "swagger_favicon_url",
        "oauth2_redirect_url",
        "init_oauth",
        "swagger_ui_parameters",
    ]


def test_redoc_takes_the_arguments_of_fastapi() -> None:
    """By name and in order, fonts on by default."""
    parameters = inspect.signature(get_redoc_html).parameters
    assert list(parameters) == [
        "openapi_url",
        "title",
        "redoc_js_url",
        "redoc_favicon_url",
        "with_google_fonts",
    ]
    assert parameters["with_google_fonts"].default is True


def test_swagger_ui_settings_are_those_of_fastapi() -> None:
    """A user who copies and extends them gets the same page."""
    assert swagger_ui_default_parameters == {
        "dom_id": "#swagger-ui",
        "layout": "BaseLayout",
        "deepLinking": True,
        "showExtensions": True,
        "showCommonExtensions": True,
    }


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_a_page_of_the_app_names_no_other_host(client: TestClient, path: str) -> None:
    """It works without internet."""
    assert "//" not in client.get(path).text


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_title_is_text(path: str) -> None:
    """Markup in the title of an API is shown, not run."""
    page = TestClient(serve(App(title="<script>alert(1)</script>"))).get(path).text
    assert "<title>&lt;script&gt;alert(1)&lt;/script&gt; - " in page


def test_the_validator_of_the_vendor_is_off() -> None:
    """Swagger UI would tell it the address of the document."""
    assert '"validatorUrl": null,' in text_of(get_swagger_ui_html(openapi_url="/o", title="t"))


def test_a_user_may_name_a_validator() -> None:
    """Settings of the user win."""
    parameters = {"validatorUrl": "https://validator.example"}
    page = text_of(get_swagger_ui_html(openapi_url="/o", title="t", swagger_ui_parameters=parameters))
    assert '"validatorUrl": "https://validator.example",' in page


def test_a_url_cannot_end_the_string_it_stands_in() -> None:
    """A quote in a path stays part of it."""
    page = text_of(get_swagger_ui_html(openapi_url="/it's</script>", title="t"))
    assert r"url: '/it\u0027s\u003c/script\u003e'," in page


def test_a_url_cannot_end_the_attribute_it_stands_in() -> None:
    """A quote in a URL stays part of it."""
    page = text_of(get_redoc_html(openapi_url="/o", title="t", redoc_js_url='/x"onload="y'))
    assert 'src="/x&quot;onload=&quot;y"' in page


def test_the_login_page_talks_to_the_window_that_opened_it() -> None:
    """Swagger UI waits there."""
    assert "window.opener.swaggerUIRedirectOauth2" in text_of(get_swagger_ui_oauth2_redirect_html())


# --- policies


@pytest.mark.parametrize("path", ["/docs", "/docs/oauth2-redirect"])
def test_the_only_inline_script_is_the_one_of_the_policy(client: TestClient, path: str) -> None:
    """Its hash is in the header, and inline scripts in general are not allowed."""
    response = client.get(path)
    script = response.text.rpartition("<script>")[2].partition("</script>")[0]
    allowed = policy(response)["script-src"]
    assert hash_source(script) in allowed
    assert "'unsafe-inline'" not in allowed


def test_redoc_gets_a_new_nonce_each_time(client: TestClient) -> None:
    """A nonce that can be foreseen protects nothing."""
    assert policy(client.get("/redoc"))["script-src"] != policy(client.get("/redoc"))["script-src"]


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/below/docs", "/below/redoc"])
def test_the_bundled_files_need_no_inline_styles(client: TestClient, path: str) -> None:
    """Also where their URLs have a prefix."""
    assert "'unsafe-inline'" not in client.get(path).headers["content-security-policy"]


def test_a_cdn_of_the_user_is_allowed() -> None:
    """For the script and the style sheet it was named for."""
    page = get_swagger_ui_html(
        openapi_url="/o",
        title="t",
        swagger_js_url="https://cdn.example/swagger.js",
        swagger_css_url="https://styles.example:8443/swagger.css",
    )
    assert "https://cdn.example" in policy(page)["script-src"]
    assert "https://styles.example:8443" in policy(page)["style-src"]


def test_another_redoc_may_style_itself() -> None:
    """Nobody knows whether a version we did not test passes the nonce on."""
    page = get_redoc_html(openapi_url="/o", title="t", redoc_js_url="/static/redoc.js")
    assert policy(page)["style-src"][:2] == ["'self'", "'unsafe-inline'"]


def test_fonts_are_allowed_only_to_the_page_that_asks_for_them() -> None:
    """The page of the app does not."""
    with_fonts, without = (
        get_redoc_html(openapi_url="/o", title="t", with_google_fonts=on) for on in (True, False)
    )
    assert "https://fonts.gstatic.com" in policy(with_fonts)["font-src"]
    assert "https:" not in without.headers["content-security-policy"].replace("data: https:", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/static/app.js", []),
        ("app.js", []),
        ("https://cdn.example/a/b.js?c", ["https://cdn.example"]),
        ("//cdn.example/b.js", ["cdn.example"]),
        ("data:text/css,x", ["data:"]),
        ("https://evil; script-src *", []),
        ("https://evil,x/y", []),
    ],
)
def test_an_origin_cannot_carry_a_directive(url: str, expected: list[str]) -> None:
    """Only plain origins and schemes enter the policy."""
    assert origins(url) == expected


# --- below a root path


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_of_a_mounted_app_point_below_the_mount(client: TestClient, path: str) -> None:
    """Document and files alike."""
    page = client.get("/below" + path).text
    assert "/below/openapi.json" in page
    assert '="/below/_laneway/' in page
    assert '="/_laneway/' not in page


def test_a_page_made_by_hand_finds_its_files_below_a_root_path() -> None:
    """Though it was made without knowing the request."""
    page = get_swagger_ui_html(openapi_url="/proxied/openapi.json", title="t")
    response = TestClient(page, root_path="/proxied").get("/docs")
    assert f'src="/proxied{SWAGGER_UI_JS.url}"' in response.text
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_page_made_by_hand_keeps_its_headers_below_a_root_path() -> None:
    """Cookies and the policy among them."""
    page = get_redoc_html(openapi_url="/o", title="t")
    page.set_cookie("seen", "yes")
    response = TestClient(page, root_path="/proxied").get("/redoc")
    assert response.cookies["seen"] == "yes"
    assert "script-src" in policy(response)


def test_a_page_kept_by_the_user_serves_several_root_paths() -> None:
    """Sending it does not change it."""
    page = get_swagger_ui_html(openapi_url="/o", title="t")
    for root_path in ("/first", "/second", ""):
        text = TestClient(page, root_path=root_path).get("/").text
        assert f'src="{asset_url(SWAGGER_UI_JS, root_path)}"' in text


def test_own_files_are_known_below_any_root_path() -> None:
    """But not on another host."""
    assert is_bundled(asset_url(REDOC_JS, "/a/b/"))
    assert not is_bundled("https://cdn.example" + REDOC_JS.url)


# --- endpoints


def test_without_a_document_there_are_no_pages() -> None:
    """Nothing could be shown on them."""
    assert list(docs_endpoints(App(openapi_url=None))) == []


def test_an_app_without_a_document_still_serves_the_files() -> None:
    """A page made by hand for another document needs them."""
    app = Laneway(openapi_url=None)
    assert app.routes == []
    assert TestClient(app).get(asset_url(SWAGGER_UI_JS, "")).status_code == 200


def test_each_page_can_be_switched_off() -> None:
    """The login page goes with Swagger UI."""
    paths = [path for path, _ in docs_endpoints(App(docs_url=None, redoc_url=None))]
    assert paths == ["/openapi.json"]


def test_the_login_page_can_be_switched_off() -> None:
    """Swagger UI then knows no address to return to."""
    client = TestClient(serve(App(swagger_ui_oauth2_redirect_url=None)))
    assert client.get("/docs/oauth2-redirect").status_code == 404
    assert "oauth2RedirectUrl" not in client.get("/docs").text


def test_the_document_names_the_root_path_as_its_first_server() -> None:
    """So that tools call the API where the client found the document."""
    client = TestClient(serve(App(document={"servers": [{"url": "https://api.example"}]})))
    servers = client.get("/below/openapi.json").json()["servers"]
    assert servers == [{"url": "/below"}, {"url": "https://api.example"}]


def test_a_root_path_already_listed_is_not_listed_twice() -> None:
    """Whatever its place in the list."""
    document = {"servers": [{"url": "https://api.example"}, {"url": "/below"}]}
    client = TestClient(serve(App(document=document)))
    assert client.get("/below/openapi.json").json() == document


def test_the_root_path_can_be_kept_out_of_the_servers(client: TestClient) -> None:
    """`root_path_in_servers=False`."""
    client = TestClient(serve(App(root_path_in_servers=False)))
    assert "servers" not in client.get("/below/openapi.json").json()


def test_a_request_does_not_change_the_document_of_the_app() -> None:
    """The next client may come through another proxy."""
    app = App()
    TestClient(serve(app)).get("/below/openapi.json")
    assert app.document == {"openapi": "3.1.0", "paths": {}}


def test_the_document_is_read_anew_for_every_request() -> None:
    """Users replace `app.openapi` or edit what it returned."""
    app = App()
    client = TestClient(serve(app))
    client.get("/openapi.json")
    app.document["info"] = {"title": "Later"}
    assert client.get("/openapi.json").json()["info"] == {"title": "Later"}
