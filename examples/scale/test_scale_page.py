"""The page of the guide on scale: what its files name exists, and what it says of several processes holds."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import typer
import yaml

from examples.jobs.brokers import find_rabbitmq, find_redis, free_port
from examples.jobs.kill import running_engine
from examples.scale.measure import measure, replicas
from examples.scale.shop import app
from examples.serving import ROOT
from laneway.cli.commands import cli
from laneway.jobs.celery.address import read_address

HERE = Path(__file__).parent
PAGE = (ROOT / "docs" / "scale.md").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((HERE / "compose.yaml").read_text())
KUBERNETES: list[dict[str, Any]] = list(yaml.safe_load_all((HERE / "kubernetes.yaml").read_text()))
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def of_kind(*kinds: str) -> list[dict[str, Any]]:
    """The objects of the manifest of these kinds."""
    return [thing for thing in KUBERNETES if thing["kind"] in kinds]


def containers() -> dict[str, dict[str, Any]]:
    """The containers of the manifest, by name."""
    pods = [thing["spec"]["template"]["spec"] for thing in of_kind("Deployment", "StatefulSet")]
    return {container["name"]: container for pod in pods for container in pod["containers"]}


def commands() -> dict[str, list[str]]:
    """Every command that a file starts, by where it stands."""
    found = {
        f"compose {name}": service["command"]
        for name, service in COMPOSE["services"].items()
        if "command" in service
    }
    found |= {f"kubernetes {name}": box["command"] for name, box in containers().items() if "command" in box}
    (dockerfile,) = re.findall(r"^CMD (\[.*\])$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
    shown = re.findall(r"^\$ (laneway .*)$", PAGE, re.MULTILINE)
    return found | {"Dockerfile": yaml.safe_load(dockerfile)} | {line: line.split() for line in shown}


LANEWAY = {where: command for where, command in commands().items() if command[0] == "laneway"}


# -- the files say what there is


@pytest.mark.parametrize("where", LANEWAY)
def test_every_command_and_option_exists(where: str) -> None:
    _, name, *arguments = LANEWAY[where]
    group = typer.main.get_command(cli)
    command = group.commands[name]  # type: ignore[attr-defined]

    context = command.make_context(name, arguments)  # raises where an option is unknown

    assert context.params["app"] == "shop.py"


def test_the_image_has_the_app_that_the_commands_name() -> None:
    assert re.search(r"^COPY shop\.py \.$", (HERE / "Dockerfile").read_text(), re.MULTILINE)
    assert (HERE / "shop.py").exists()


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_the_url_of_jobs_is_one_and_names_services_that_there_are(where: str) -> None:
    if where == "compose":
        url, hosts = COMPOSE["services"]["web"]["environment"]["JOBS"], set(COMPOSE["services"])
    else:
        (url,) = [item["value"] for item in containers()["web"]["env"] if item["name"] == "JOBS"]
        hosts = {service["metadata"]["name"] for service in of_kind("Service")}
    address = read_address(re.sub(r"\$[{(]RABBITMQ_PASSWORD[^@]*[})]", "secret", url))

    assert {urlsplit(address.broker).hostname, urlsplit(address.store).hostname} <= hosts
    assert address.is_rabbitmq


def test_workers_and_web_have_the_same_jobs() -> None:
    services = COMPOSE["services"]

    assert services["web"]["environment"] == services["worker"]["environment"]
    assert containers()["web"]["env"] == containers()["worker"]["env"]


def test_the_jobs_do_not_run_in_what_serves_requests() -> None:
    assert app.jobs.worker is False


def test_redis_keeps_what_it_is_told() -> None:
    wanted = ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]

    assert commands()["compose redis"][1:] == commands()["kubernetes redis"][1:] == wanted


def test_probes_ask_what_the_app_answers() -> None:
    web = containers()["web"]
    paths = {web[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")}

    assert paths <= {route.path for route in app.routes}  # type: ignore[attr-defined]


def test_ports_fit_together() -> None:
    command = containers()["web"]["command"]
    port = int(command[command.index("--port") + 1])
    (service,) = [thing for thing in of_kind("Service") if thing["metadata"]["name"] == "web"]

    assert containers()["web"]["ports"] == [{"containerPort": port}]
    assert service["spec"]["ports"][0]["targetPort"] == port


def test_selectors_find_their_pods() -> None:
    pods = [thing["spec"]["template"]["metadata"]["labels"] for thing in of_kind("Deployment", "StatefulSet")]
    wanted = [thing["spec"]["selector"]["matchLabels"] for thing in of_kind("Deployment", "StatefulSet")]
    wanted += [thing["spec"]["selector"] for thing in of_kind("Service")]

    assert all(labels in pods for labels in wanted)


def test_secrets_that_are_used_are_there() -> None:
    (secret,) = of_kind("Secret")
    used = [
        item["valueFrom"]["secretKeyRef"]
        for box in containers().values()
        for item in box.get("env", [])
        if "valueFrom" in item
    ]

    assert used
    assert all(reference["name"] == secret["metadata"]["name"] for reference in used)
    assert {reference["key"] for reference in used} == set(secret["stringData"])


def test_volumes_that_are_used_are_there() -> None:
    named = [
        volume.partition(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
    ]

    assert set(COMPOSE["volumes"]) == {name for name in named if not name.startswith(".")}
    assert all((HERE / name).exists() for name in named if name.startswith("."))


# -- what the page says of several processes


@pytest.fixture(scope="module", params=["redis", "rabbitmq"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if find_redis() is None or (request.param == "rabbitmq" and find_rabbitmq() is None):
        pytest.skip("needs redis-server and rabbitmq-server")
    with running_engine(request.param, tmp_path_factory.mktemp("jobs")) as url:
        yield url


def test_replicas_enqueue_and_workers_share_what_there_is(url: str, tmp_path: Path) -> None:
    figures = measure(url, tmp_path, web=2, workers=2, jobs=60, pages=10)

    assert (figures.succeeded, figures.run_once, figures.workers) == (60, 60, 2)


def test_a_job_is_followed_at_any_replica(url: str, tmp_path: Path) -> None:
    with replicas(tmp_path, url, 2, 1) as (one, other):
        reply = httpx2.post(f"{one}/renders", params={"pages": 5}, timeout=30)
        events = httpx2.get(f"{other}{reply.headers['location']}/events", timeout=30).text

    assert '"status": "succeeded"' in events


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")
def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    text = (HERE / "nginx.conf").read_text().replace("web:8000", f"127.0.0.1:{free_port()}")
    (tmp_path / "nginx.conf").write_text(text)
    assert NGINX is not None
    command = [NGINX, "-t", "-p", str(tmp_path), "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - what is installed

    assert "syntax is ok" in told.stderr, told.stderr


def test_the_page_shows_the_file_as_it_is() -> None:
    assert f"```python\n{(HERE / 'shop.py').read_text()}```\n" in PAGE


def test_options_of_urls_on_the_page_exist() -> None:
    for url in re.findall(r'"(celery\+[^"]+)"', PAGE):
        assert read_address(url)
        assert parse_qs(urlsplit(url).query, strict_parsing=True) or "amqp" not in url
