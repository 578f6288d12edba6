"""Tools that come with FastAPI's users: its command line, and what watches apps in production. Newest versions.

Each test runs a program of its own, as the tools put themselves into classes and the hook stays.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

APP = """\
from fastapi import APIRouter, FastAPI, HTTPException

app = FastAPI()
router = APIRouter(prefix="/items")


@router.get("/{number}")
async def item(number: int) -> dict[str, str]:
    if number == 2:
        raise HTTPException(503, "handled")
    return {"number": str(1 // number), "served by": FastAPI.__mro__[1].__name__}


app.include_router(router, prefix="/v1")
"""

SENTRY = """\
import laneway.fastapi.hook
import json
import sentry_sdk
from sentry_sdk.transport import Transport

seen = []


class Kept(Transport):
    def capture_envelope(self, envelope):
        for item in envelope.items:
            seen.append(item.payload.json)


sentry_sdk.init("http://key@127.0.0.1/1", transport=Kept, traces_sample_rate=1.0)
from fastapi.testclient import TestClient
from main import app

client = TestClient(app, raise_server_exceptions=False)
print([client.get(f"/v1/items/{number}").status_code for number in (1, 0, 2)])
sentry_sdk.flush()
for event in seen:
    errors = [error["type"] for error in event.get("exception", {}).get("values", [])]
    print(json.dumps([event["transaction"], event["transaction_info"]["source"], errors]))
"""

OPENTELEMETRY = """\
import laneway.fastapi.hook
import json
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from fastapi.testclient import TestClient
from main import app

kept, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(kept))
FastAPIInstrumentor().instrument_app(app, tracer_provider=provider, exclude_spans=["receive", "send"])
client = TestClient(app, raise_server_exceptions=False)
print([client.get(f"/v1/items/{number}").status_code for number in (1, 0)])
for span in kept.get_finished_spans():
    status = span.attributes.get("http.status_code")
    print(json.dumps([span.name, span.attributes["http.route"], status, [event.name for event in span.events]]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the app is."""
    (tmp_path / "main.py").write_text(APP)
    return tmp_path


def environment() -> dict[str, str]:
    return os.environ | {"PYDANTIC_DISABLE_PLUGINS": "__all__", "PYTHONPATH": os.pathsep.join(sys.path)}


def told(folder: Path, program: str) -> list[Any]:
    """What a program prints on lines of JSON."""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = [line for line in finished.stdout.splitlines() if line.startswith("[")]
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in lines]


def test_sentry_tells_transactions_and_errors_by_route(folder: Path) -> None:
    statuses, *events = told(folder, SENTRY)

    assert statuses == [200, 500, 503]
    assert [errors for _, _, errors in events if errors] == [["ZeroDivisionError"], ["HTTPException"]]
    assert {(name, source) for name, source, _ in events} == {("/v1/items/{number}", "route")}


def test_opentelemetry_names_spans_by_route_and_keeps_errors(folder: Path) -> None:
    statuses, served, failed = told(folder, OPENTELEMETRY)

    assert statuses == [200, 500]
    assert served == ["GET /v1/items/{number}", "/v1/items/{number}", 200, []]
    assert failed == ["GET /v1/items/{number}", "/v1/items/{number}", 500, ["exception"]]


@pytest.mark.parametrize("mode", ["run", "dev"])
def test_fastapis_command_serves_an_app(folder: Path, mode: str) -> None:
    """fastapi-cli is a distribution of its own; `python -m laneway.fastapi` runs it with the hook."""
    options = ("--host", "127.0.0.1", "--port", "0", "--no-reload")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "laneway.fastapi", mode, "main.py", *options],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"Uvicorn running on (http://[\d.:]+)", line):
                break
        assert found, "".join(said)
        url = found[1]
        with urlopen(f"{url}/v1/items/1", timeout=20) as reply:
            assert json.load(reply) == {"number": "1", "served by": "Laneway"}
    finally:
        process.terminate()
        process.communicate(timeout=20)
