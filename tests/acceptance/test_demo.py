"""The demo as `make demo` serves it: a real server, a real SQLite file, several clients at once."""

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from examples.serving import ROOT, Server, served

APP = "examples/demo/main.py"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
CREDENTIALS = re.compile(r"^  (?P<name>\w+)  (?P<password>\S+)  \(", re.MULTILINE)
README_CALL = re.compile(r"^\$ (?P<call>curl .*)\n(?P<answer>(?:(?!\$ ).*\n)*?)(?=\$ |```)", re.MULTILINE)


@dataclass(frozen=True)
class Demo:
    """The running service.

    Attributes:
        url: Its address.
        passwords: The password of each user, as the first start printed them.
        data: The folder that it keeps everything in.
    """

    url: str
    passwords: dict[str, str]
    data: Path

    def token(self, name: str, scope: str = "") -> str:
        """A token of that user."""
        form = {"username": name, "password": self.passwords[name], "scope": scope}
        return str(httpx.post(f"{self.url}/token", data=form).raise_for_status().json()["access_token"])

    def client(self, user: str | None = None) -> httpx.Client:
        """A client; logged in if there is a user."""
        headers = {"Authorization": f"Bearer {self.token(user)}"} if user else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def watch(self, path: str) -> str:
        """The address of a WebSocket."""
        return f"{self.url.replace('http', 'ws', 1)}{path}"


def credentials(server: Server) -> dict[str, str]:
    """The names and passwords that the start printed."""
    return {found["name"]: found["password"] for found in CREDENTIALS.finditer("\n".join(server.said))}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("demo")
    with served(APP, DEMO_DATA=str(data)) as server:
        yield Demo(server.url, credentials(server), data)


@pytest.fixture(scope="module")
def owner(demo: Demo) -> Iterator[httpx.Client]:
    """A client that may change the catalogue."""
    with demo.client("owner") as client:
        yield client


@pytest.fixture(scope="module")
def reader(demo: Demo) -> Iterator[httpx.Client]:
    """A client that is not logged in."""
    with demo.client() as client:
        yield client


def create(owner: httpx.Client, name: str, **fields: object) -> dict[str, object]:
    """A new product."""
    new = {"name": name, "category": "tea", "price_cents": 500, **fields}
    created: dict[str, object] = owner.post("/products", json=new).raise_for_status().json()
    return created


# The catalogue


def test_a_listing_is_filtered_sorted_and_cut_into_pages(reader: httpx.Client) -> None:
    page = reader.get("/products?category=pottery&sort=price&limit=1&offset=1").json()
    assert (page["total"], [item["name"] for item in page["items"]]) == (2, ["Kyusu"])


def test_a_search_looks_into_names_and_descriptions(reader: httpx.Client) -> None:
    found = reader.get("/products", params={"search": "OOLONG"}).json()
    assert [item["name"] for item in found["items"]] == ["Dong Ding"]


def test_a_created_product_is_where_the_reply_says(owner: httpx.Client, reader: httpx.Client) -> None:
    reply = owner.post("/products", json={"name": "Gyokuro", "category": "tea", "price_cents": 3200})
    assert reply.status_code == 201
    assert reader.get(reply.headers["Location"]).json() == reply.json()


def test_a_change_leaves_the_other_fields_alone(owner: httpx.Client) -> None:
    before = create(owner, "Matcha", description="Powdered green tea.")
    after = owner.patch(f"/products/{before['id']}", json={"price_cents": 2500}).json()
    assert after == before | {"price_cents": 2500}


def test_a_deleted_product_is_gone_and_its_number_is_not_used_again(owner: httpx.Client) -> None:
    gone = create(owner, "Mistake")
    assert owner.delete(f"/products/{gone['id']}").status_code == 204
    assert owner.get(f"/products/{gone['id']}").status_code == 404
    assert create(owner, "Next")["id"] != gone["id"]


def test_a_name_is_given_once(owner: httpx.Client) -> None:
    reply = owner.post("/products", json={"name": "SENCHA", "category": "tea", "price_cents": 1})
    assert (reply.status_code, reply.json()) == (
        409,
        {"detail": "There is a product called 'SENCHA' already."},
    )


def test_every_wrong_field_is_reported_in_one_reply(owner: httpx.Client) -> None:
    reply = owner.post(
        "/products", json={"name": " ", "category": "wine", "price_cents": -1, "colour": "red"}
    )
    wrong = {error["loc"][-1] for error in reply.json()["detail"]}
    assert (reply.status_code, wrong) == (422, {"name", "category", "price_cents", "colour"})


def test_an_unknown_product_is_a_404_that_names_it(reader: httpx.Client) -> None:
    reply = reader.get("/products/999999")
    assert (reply.status_code, reply.json()) == (404, {"detail": "There is no product 999999."})


def test_the_background_work_finds_new_words(owner: httpx.Client) -> None:
    create(owner, "Lapsang Souchong")
    deadline = time.monotonic() + 10
    while not (found := owner.get("/suggestions", params={"prefix": "lapsa"}).json()):
        assert time.monotonic() < deadline
    assert found == [{"word": "lapsang", "products": 1}]


# Who may do what


def test_writing_needs_a_login(reader: httpx.Client) -> None:
    reply = reader.delete("/products/1")
    assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_a_guest_may_not_write(demo: Demo) -> None:
    with demo.client("guest") as guest:
        reply = guest.delete("/products/1")
    assert (reply.status_code, reply.json()) == (403, {"detail": "Not allowed: catalogue:write."})


def test_a_login_may_ask_for_less_than_it_could_have(demo: Demo) -> None:
    headers = {"Authorization": f"Bearer {demo.token('owner', scope='history:read')}"}
    assert httpx.get(f"{demo.url}/me", headers=headers).json() == {
        "name": "owner",
        "scopes": ["history:read"],
    }


@pytest.mark.parametrize("name", ["owner", "nobody"])
def test_a_wrong_password_and_an_unknown_name_are_told_alike(reader: httpx.Client, name: str) -> None:
    reply = reader.post("/token", data={"username": name, "password": "guess"})
    assert (reply.status_code, reply.json()) == (401, {"detail": "Wrong name or password."})


def test_a_forged_token_is_refused(demo: Demo, reader: httpx.Client) -> None:
    _, stamp, signature = demo.token("guest").rsplit(".", 2)
    payload, *_ = demo.token("owner").rsplit(".", 2)
    reply = reader.get("/me", headers={"Authorization": f"Bearer {payload}.{stamp}.{signature}"})
    assert reply.status_code == 401


def test_the_history_tells_who_changed_what(owner: httpx.Client) -> None:
    product = create(owner, "Rooibos")
    owner.patch(f"/products/{product['id']}", json={"price_cents": 1})
    latest = [(entry["user"], entry["action"]) for entry in owner.get("/history", params={"limit": 2}).json()]
    assert latest == [("owner", "change"), ("owner", "create")]


# Pictures


def upload(client: httpx.Client, path: str, content: bytes) -> httpx.Response:
    """The answer to an upload."""
    return client.put(path, files={"picture": ("picture.png", content, "image/png")})


def test_a_picture_comes_back_as_it_was_sent(owner: httpx.Client, reader: httpx.Client) -> None:
    path = str(upload(owner, f"/products/{create(owner, 'Framed')['id']}/picture", PNG).json()["picture"])
    shown = reader.get(path)
    assert (shown.headers["Content-Type"], shown.content) == ("image/png", PNG)


@pytest.mark.parametrize(
    ("content", "status"),
    [(PNG + bytes(1_100_000), 413), (b"<svg onload='alert(1)'/>", 415)],
    ids=["too large", "no picture"],
)
def test_other_files_are_refused_and_leave_nothing(
    demo: Demo, owner: httpx.Client, content: bytes, status: int
) -> None:
    before = set((demo.data / "pictures").iterdir())
    assert upload(owner, "/products/2/picture", content).status_code == status
    assert owner.get("/products/2/picture").status_code == 404
    assert set((demo.data / "pictures").iterdir()) == before


def test_a_picture_goes_with_its_product(demo: Demo, owner: httpx.Client) -> None:
    product = create(owner, "Soon gone")
    upload(owner, f"/products/{product['id']}/picture", PNG)
    owner.delete(f"/products/{product['id']}")
    assert not (demo.data / "pictures" / str(product["id"])).exists()


# Live prices


def test_a_watcher_hears_of_the_prices_it_asked_for(demo: Demo, owner: httpx.Client) -> None:
    product = create(owner, "Watched", price_cents=900)
    pot = create(owner, "Watched pot", category="pottery", price_cents=900)
    with connect(demo.watch(f"/prices/tea?below_cents=800&token={demo.token('guest')}")) as watcher:
        greeting = json.loads(watcher.recv(timeout=10))
        for path, cents in ((pot["id"], 100), (product["id"], 850), (product["id"], 790)):
            owner.patch(f"/products/{path}", json={"price_cents": cents}).raise_for_status()
        heard = json.loads(watcher.recv(timeout=10))
    assert greeting == {"watching": "tea", "user": "guest"}
    assert (heard["name"], heard["old_cents"], heard["new_cents"]) == ("Watched", 850, 790)


@pytest.mark.parametrize("path", ["/prices/tea", "/prices/tea?token=forged", "/prices/wine?token={token}"])
def test_a_watcher_without_token_or_shelf_is_turned_away(demo: Demo, path: str) -> None:
    address = demo.watch(path.format(token=demo.token("guest")))
    with pytest.raises((InvalidStatus, ConnectionClosed)), connect(address) as watcher:
        watcher.recv(timeout=10)


def test_a_web_page_hears_of_prices_as_events(demo: Demo, owner: httpx.Client) -> None:
    product = create(owner, "Streamed")
    with demo.client() as page, page.stream("GET", "/prices") as events:
        lines = events.iter_lines()
        assert next(lines) == ": watching"
        owner.patch(f"/products/{product['id']}", json={"price_cents": 450}).raise_for_status()
        event = [next(line for line in lines if line), next(lines)]
    assert event[0] == "event: price"
    assert json.loads(event[1].removeprefix("data: "))["new_cents"] == 450


# Exports


def test_the_json_lines_are_the_products(reader: httpx.Client) -> None:
    reply = reader.get("/export/products.jsonl")
    listed = reader.get("/products", params={"limit": 100}).json()["items"]
    assert reply.headers["Content-Type"] == "application/jsonl"
    assert [json.loads(line) for line in reply.text.splitlines()] == listed


def test_the_table_quotes_what_has_commas(reader: httpx.Client) -> None:
    lines = reader.get("/export/products.csv").text.splitlines()
    assert lines[0] == "id,name,category,price_cents,description,picture"
    assert lines[4] == '4,Yirgacheffe,coffee,1190,"Washed coffee, light roast, floral.",'


# Several at once


def test_what_concurrent_writers_create_is_all_kept(demo: Demo, owner: httpx.Client) -> None:
    names = {f"Blend {number}" for number in range(60)}
    with ThreadPoolExecutor(12) as writers:
        made = list(writers.map(lambda name: create(owner, name), names))
    with closing(sqlite3.connect(demo.data / "catalogue.db")) as db:
        kept = {name for (name,) in db.execute("SELECT name FROM products WHERE name LIKE 'Blend %'")}
    assert (len({product["id"] for product in made}), kept) == (60, names)


def test_of_concurrent_writers_of_one_name_one_succeeds(owner: httpx.Client) -> None:
    new = {"name": "Only one", "category": "tea", "price_cents": 1}
    with ThreadPoolExecutor(8) as writers:
        replies = list(writers.map(lambda _: owner.post("/products", json=new).status_code, range(8)))
    assert sorted(replies) == [201] + [409] * 7


def test_concurrent_changes_see_each_other(demo: Demo, owner: httpx.Client) -> None:
    """What each change reports as the old price is what another one has written: a chain without gaps."""
    product = create(owner, "Contested", price_cents=0)
    prices = range(1, 25)
    with connect(demo.watch(f"/prices/tea?token={demo.token('guest')}")) as watcher:
        watcher.recv(timeout=10)
        with ThreadPoolExecutor(8) as writers:
            path = f"/products/{product['id']}"
            list(writers.map(lambda cents: owner.patch(path, json={"price_cents": cents}), prices))
        heard = [json.loads(watcher.recv(timeout=10)) for _ in prices]
    successor = {change["old_cents"]: change["new_cents"] for change in heard}
    assert set(successor) | {owner.get(path).json()["price_cents"]} == {0, *prices}


# Starts


def test_a_second_start_keeps_data_users_and_tokens_and_prints_no_password(tmp_path: Path) -> None:
    with served(APP, DEMO_DATA=str(tmp_path)) as server:
        token = Demo(server.url, credentials(server), tmp_path).token("owner")
    with served(APP, DEMO_DATA=str(tmp_path)) as server:
        me = httpx.get(f"{server.url}/me", headers={"Authorization": f"Bearer {token}"})
        total = httpx.get(f"{server.url}/products").json()["total"]
        said = credentials(server)
    assert (me.status_code, total, said) == (200, 7, {})


def test_nothing_secret_is_readable_for_others(demo: Demo) -> None:
    with closing(sqlite3.connect(demo.data / "catalogue.db")) as db:
        kept = b"".join(row[0] for row in db.execute("SELECT password FROM users"))
    assert not any(password.encode() in kept for password in demo.passwords.values())


def test_the_data_folder_stays_out_of_git(demo: Demo) -> None:
    assert (demo.data / ".gitignore").read_text() == "*\n"


def test_the_start_page_leads_to_the_docs(reader: httpx.Client) -> None:
    page = reader.get("/")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert {"/docs", "/redoc"} <= set(re.findall(r'href="([^"]+)"', page.text))


# README


def readme_calls() -> list[tuple[str, str]]:
    """The calls that README shows, each with its answer."""
    return [
        (found["call"], found["answer"]) for found in README_CALL.finditer((ROOT / "README.md").read_text())
    ]


def test_readme_shows_three_calls() -> None:
    assert len(readme_calls()) == 3


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demo that nobody has changed."""
    with served(APP, DEMO_DATA=str(tmp_path_factory.mktemp("fresh"))) as server:
        yield server.url


@pytest.mark.parametrize(("call", "answer"), readme_calls())
def test_a_call_of_readme_answers_what_readme_says(fresh: str, call: str, answer: str) -> None:
    command = call.replace("http://127.0.0.1:8000", fresh)
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.rstrip("\n") == answer.rstrip("\n")
