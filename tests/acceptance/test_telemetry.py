"""Telemetry of whole apps: spans, metrics and log events as OpenTelemetry's own SDK receives them."""

import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from laneway import APIRouter, BackgroundTasks, Depends, Form, HTTPException, Laneway, WebSocket, lanes
from laneway.telemetry import TelemetryConfig, get_telemetry_data
from laneway.testing import TestClient

CALLER = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


class Recorder(NamedTuple):
    """Everything that an app tells, and the options that make it tell."""

    options: TelemetryConfig
    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader
    logs: InMemoryLogRecordExporter

    def app(self, **options: Any) -> Laneway:
        return Laneway(telemetry=self.options, **options)

    def server_span(self) -> ReadableSpan:
        """The span of the only request or WebSocket."""
        (span,) = [span for span in self.spans.get_finished_spans() if span.kind is SpanKind.SERVER]
        return span

    def names(self) -> list[str]:
        return sorted(span.name for span in self.spans.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        return next(span for span in self.spans.get_finished_spans() if span.name == name)

    def points(self, name: str) -> list[Any]:
        data = self.metrics.get_metrics_data()
        scopes = [scope for of in data.resource_metrics for scope in of.scope_metrics] if data else []
        metrics = [metric for scope in scopes for metric in scope.metrics if metric.name == name]
        return [point for metric in metrics for point in metric.data.data_points]

    def events(self) -> list[Any]:
        return [data.log_record for data in self.logs.get_finished_logs()]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    spans, metrics, logs = InMemorySpanExporter(), InMemoryMetricReader(), InMemoryLogRecordExporter()
    tracer = TracerProvider(shutdown_on_exit=False)
    tracer.add_span_processor(SimpleSpanProcessor(spans))
    meter = MeterProvider(metric_readers=[metrics], shutdown_on_exit=False)
    logger = LoggerProvider(shutdown_on_exit=False)
    logger.add_log_record_processor(SimpleLogRecordProcessor(logs))
    options: TelemetryConfig = {
        "tracer_provider": tracer,
        "meter_provider": meter,
        "logger_provider": logger,
    }
    yield Recorder(options, spans, metrics, logs)
    for provider in (tracer, meter, logger):
        provider.shutdown()


def client_of(app: ASGIApp) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


# -- one request


def test_a_request_is_one_span_named_after_its_route(recorder: Recorder) -> None:
    app = recorder.app()
    router = APIRouter(prefix="/shop")

    @router.get("/items/{item_id}")
    async def read_item(item_id: int) -> int:
        return item_id

    app.include_router(router)
    client_of(app).get("/shop/items/3?sig=secret", headers={"traceparent": CALLER})
    span = recorder.server_span()

    assert span.name == "GET /shop/items/{item_id}"
    assert span.attributes is not None
    assert span.attributes["url.query"] == "sig=REDACTED"
    assert span.attributes["http.response.status_code"] == 200
    assert span.parent is not None
    assert span.parent.span_id == 0x0123456789ABCDEF


def test_duration_and_number_of_requests_are_counted_by_route(recorder: Recorder) -> None:
    app = recorder.app()

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> list[int]:
        return [point.value for point in recorder.points("http.server.active_requests")]

    client = client_of(app)
    under_way = client.get("/items/1").json()
    client.get("/items/2")
    (duration,) = recorder.points("http.server.request.duration")
    (active,) = recorder.points("http.server.active_requests")

    assert under_way == [1]
    assert (duration.count, duration.attributes["http.route"]) == (2, "/items/{item_id}")
    assert active.value == 0


@pytest.mark.parametrize("blocking", [False, True])
def test_each_step_of_a_route_has_a_span(recorder: Recorder, blocking: bool) -> None:
    """The same for a route on the loop and for one whose steps run in a thread."""
    app = recorder.app()
    seen: dict[str, Any] = {}

    def look(step: str) -> None:
        seen[step] = (trace.get_current_span().get_span_context().span_id, threading.get_ident())

    def dependency() -> str:
        look("fastapi.dependencies")
        return str(baggage.get_baggage("tenant"))

    def blocking_endpoint(tenant: Annotated[str, Depends(dependency)]) -> str:
        look("fastapi.endpoint")
        return tenant

    async def endpoint(tenant: Annotated[str, Depends(dependency)]) -> str:
        return blocking_endpoint(tenant)

    app.get("/")(blocking_endpoint if blocking else endpoint)
    reply = client_of(app).get("/", headers={"baggage": "tenant=acme"})

    assert reply.json() == "acme"
    for step in ("fastapi.dependencies", "fastapi.endpoint"):
        context = recorder.span(step).context
        assert context is not None
        assert seen[step][0] == context.span_id
    assert recorder.names() == ["GET /", "fastapi.dependencies", "fastapi.endpoint", "fastapi.serialization"]


def test_steps_can_be_left_out(recorder: Recorder) -> None:
    app = Laneway(telemetry={**recorder.options, "operation_spans": False})

    @app.get("/")
    async def home() -> str:
        return "home"

    assert client_of(app).get("/").json() == "home"
    assert recorder.names() == ["GET /"]


def test_a_lane_of_its_own_keeps_the_context(recorder: Recorder) -> None:
    app = recorder.app(lanes={"db": lanes.threads(1)})

    @app.get("/", lane="db")
    def home() -> str:
        with trace.get_tracer("shop", tracer_provider=recorder.options["tracer_provider"]).start_span(
            "query"
        ):
            return threading.current_thread().name

    with TestClient(app) as client:
        assert client.get("/").json() == "laneway-db-1"
    endpoint, query = recorder.span("fastapi.endpoint"), recorder.span("query")
    assert query.parent == endpoint.context


def test_a_request_under_a_deadline_keeps_the_context(recorder: Recorder) -> None:
    """It runs in a task of its own."""
    app = recorder.app(timeout=5.0)

    @app.get("/")
    async def home() -> str:
        return "home"

    assert client_of(app).get("/").json() == "home"
    server = recorder.server_span()
    assert recorder.span("fastapi.endpoint").parent == server.context


def test_a_form_is_observed_like_any_body(recorder: Recorder) -> None:
    app = recorder.app()

    @app.post("/")
    async def sign_in(name: Annotated[str, Form()]) -> str:
        data = get_telemetry_data()
        assert data is not None
        assert data.values == {"name": name}
        return name

    assert client_of(app).post("/", data={"name": "ada"}).json() == "ada"
    assert "fastapi.endpoint" in recorder.names()


def test_a_stream_ends_its_span_with_its_last_part(recorder: Recorder) -> None:
    app = recorder.app()

    @app.get("/")
    async def count() -> AsyncIterator[int]:
        yield 1
        assert "GET /" not in recorder.names()
        yield 2

    assert client_of(app).get("/").text == "1\n2\n"
    assert recorder.server_span().status.status_code is StatusCode.UNSET


def test_background_tasks_have_spans_after_that_of_the_request(recorder: Recorder) -> None:
    app = recorder.app()

    def leave(name: str) -> None:
        assert "GET /" in recorder.names()

    @app.get("/")
    async def home(tasks: BackgroundTasks) -> str:
        tasks.add_task(leave, "ada")
        return "bye"

    assert client_of(app).get("/").json() == "bye"
    span = recorder.span("fastapi.background_task")
    assert span.attributes == {"code.function.name": f"{__name__}.{leave.__qualname__}"}
    assert span.parent == recorder.server_span().context


def test_middleware_stays_around_the_route_and_within_the_span(recorder: Recorder) -> None:
    inside: list[bool] = []

    class Look:
        def __init__(self, app: ASGIApp) -> None:
            self.app = app

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            inside.append(trace.get_current_span().is_recording())
            await self.app(scope, receive, send)

    app = recorder.app(middleware=[Middleware(Look)])

    @app.get("/")
    async def home() -> str:
        return "home"

    assert client_of(app).get("/").json() == "home"
    assert inside == [True]


# -- errors


def test_an_unhandled_exception_is_logged_once_with_its_stack(recorder: Recorder) -> None:
    app = recorder.app()
    failure = ValueError("no stock")

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> None:
        raise failure

    assert client_of(app).get("/items/1").status_code == 500
    (event,) = recorder.events()
    span = recorder.server_span()
    assert (event.event_name, event.exception) == ("http.server.request.exception", failure)
    assert "raise failure" in event.attributes["exception.stacktrace"]
    assert span.context is not None
    assert event.span_id == span.context.span_id
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert recorder.span("fastapi.endpoint").status.status_code is StatusCode.ERROR


def test_a_failure_of_a_mounted_app_is_named_in_the_span(recorder: Recorder) -> None:
    """Also when the mounted app answers by itself, with its own layer for errors."""
    app, child = recorder.app(), Laneway()

    @child.get("/{name}")
    async def fail(name: str) -> None:
        raise ValueError(name)

    app.mount("/child", child)

    assert client_of(app).get("/child/ada").status_code == 500
    span = recorder.server_span()
    assert span.attributes is not None
    assert span.attributes["error.type"] == "ValueError"
    assert span.name == "GET /child/{name}"
    assert len(recorder.events()) == 1


def test_an_answer_raised_as_an_exception_is_no_event(recorder: Recorder) -> None:
    app = recorder.app()

    @app.get("/")
    async def home() -> None:
        raise HTTPException(404, "private detail")

    assert client_of(app).get("/").status_code == 404
    assert recorder.events() == []
    assert all(span.status.status_code is StatusCode.UNSET for span in recorder.spans.get_finished_spans())


def test_refused_input_is_an_event_without_the_input(recorder: Recorder) -> None:
    app = recorder.app()

    @app.get("/items/{item_id}")
    async def read_item(item_id: int) -> int:
        return item_id

    assert client_of(app).get("/items/secret").status_code == 422
    (event,) = recorder.events()
    assert event.event_name == "fastapi.validation.failed"
    assert event.attributes == {
        "fastapi.validation.error_count": 1,
        "http.route": "/items/{item_id}",
    }


def test_a_full_lane_is_an_answer_with_its_status(recorder: Recorder) -> None:
    app = recorder.app(lanes={"db": lanes.threads(1, queue=0)})
    entered, leave = threading.Event(), threading.Event()

    @app.get("/", lane="db")
    def wait() -> bool:
        entered.set()
        return leave.wait(10)

    with TestClient(app) as client:
        first = threading.Thread(target=client.get, args=("/",))
        first.start()
        assert entered.wait(10)
        status = client.get("/").status_code
        leave.set()
        first.join()

    assert status == 503
    assert recorder.events() == []
    statuses = {
        point.attributes["http.response.status_code"]
        for point in recorder.points("http.server.request.duration")
    }
    assert statuses == {200, 503}


# -- WebSockets


def test_a_websocket_is_one_span_from_handshake_to_close(recorder: Recorder) -> None:
    app = recorder.app()

    @app.websocket("/rooms/{room}")
    async def talk(websocket: WebSocket, room: int) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        assert recorder.names() == ["fastapi.dependencies"]
        await websocket.close()

    with client_of(app).websocket_connect("/rooms/4") as session:
        session.send_text("hello")
        assert session.receive_text() == "hello"

    span = recorder.server_span()
    assert span.name == "WS /rooms/{room}"
    assert recorder.span("fastapi.endpoint").parent == span.context
    assert recorder.points("http.server.request.duration") == []


def test_a_failing_websocket_is_logged(recorder: Recorder) -> None:
    app = recorder.app()

    @app.websocket("/")
    async def fail(websocket: WebSocket) -> None:
        await websocket.accept()
        raise ValueError("no stock")

    with suppress(ValueError), client_of(app).websocket_connect("/"):
        pass

    (event,) = recorder.events()
    assert event.event_name == "fastapi.websocket.exception"


# -- which requests


def test_an_excluded_request_is_served_unseen_also_by_mounted_apps(recorder: Recorder) -> None:
    child = recorder.app()

    @child.get("/{name}")
    async def look(name: str) -> bool:
        return get_telemetry_data() is None

    app = Laneway(telemetry={**recorder.options, "exclude": lambda scope: scope["path"].endswith("health")})
    app.mount("/child", child)

    assert client_of(app).get("/child/health").json() is True
    assert recorder.names() == []
    assert client_of(app).get("/child/other").json() is False
    assert recorder.server_span().name == "GET /child/{name}"


def test_the_data_of_a_request_goes_with_it(recorder: Recorder) -> None:
    app = recorder.app()

    @app.post("/{name}")
    async def keep(name: str, item: dict[str, int]) -> str:
        data = get_telemetry_data()
        assert data is not None
        assert (data.body, data.values) == ({"stock": 1}, {"name": name, "item": item})
        assert data.request is not None
        return data.request.url.path

    assert client_of(app).post("/ada", json={"stock": 1}).json() == "/ada"
    assert get_telemetry_data() is None


@pytest.mark.parametrize("signal", ["tracing", "metrics", "logs"])
def test_signals_are_independent(recorder: Recorder, signal: str) -> None:
    others: Any = {name: name == signal for name in ("tracing", "metrics", "logs")}
    app = Laneway(telemetry={**recorder.options, **others})

    @app.get("/")
    async def fail() -> None:
        raise ValueError

    client_of(app).get("/")
    told = (
        bool(recorder.names()),
        bool(recorder.points("http.server.request.duration")),
        bool(recorder.events()),
    )
    assert told == tuple(others.values())


def test_observed_replies_are_those_of_the_compiled_route(recorder: Recorder) -> None:
    """Looking on changes no byte."""
    replies = []
    for app in (Laneway(), recorder.app()):

        @app.get("/items/{item_id}", response_model=dict[str, int])
        async def read_item(item_id: int, limit: int = 10) -> dict[str, int]:
            return {"id": item_id, "limit": limit}

        client = client_of(app)
        paths = ("/items/1", "/items/1?limit=x", "/items/x", "/none", "/items/1/")
        found = [client.get(path, follow_redirects=False) for path in paths]
        replies.append([(reply.status_code, reply.headers.raw, reply.content) for reply in found])

    assert replies[0] == replies[1]


# -- when it begins, and what it costs before


def test_an_app_with_everything_off_stays_on_its_direct_way() -> None:
    app = Laneway(telemetry={"tracing": False, "metrics": False, "logs": False})

    assert client_of(app).get("/none").status_code == 404
    assert app._direct_stack is not None


IN_A_PROCESS_OF_ITS_OWN = {
    "OpenTelemetry is not imported before it is used": """
        assert client.get("/").json() == "home"
        assert not [name for name in sys.modules if name.startswith("opentelemetry")]
    """,
    "A provider that is set after the first request is noticed": """
        from opentelemetry import trace
        assert client.get("/").json() == "home"
        exporter = in_memory(trace)
        assert client.get("/").json() == "home"
        assert len(exporter.get_finished_spans()) == 4
    """,
    "OpenTelemetry that start-up imports is noticed": """
        @asynccontextmanager
        async def lifespan(app):
            from opentelemetry import trace
            app.state.exporter = in_memory(trace)
            yield

        app.router.lifespan_context = lifespan
        with client:
            assert client.get("/").json() == "home"
        assert len(app.state.exporter.get_finished_spans()) == 4
    """,
    "Without exporters there is a warning, and the app starts": """
        import logging, os
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
        sys.modules["opentelemetry.exporter"] = None
        said = []
        handler = logging.Handler()
        handler.emit = lambda record: said.append(record.getMessage())
        logging.getLogger("laneway").addHandler(handler)
        with TestClient(Laneway(telemetry={"auto_configure": True})) as client:
            assert client.get("/").status_code == 404
        assert len(said) == 1 and "pip install" in said[0], said
    """,
}

PROGRAM = """
import sys
from contextlib import asynccontextmanager
from laneway import Laneway
from laneway.testing import TestClient

def in_memory(trace):
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter

app = Laneway()
client = TestClient(app)

@app.get("/")
async def home() -> str:
    return "home"

if True:
"""


def run(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program whose global providers are its own."""
    finished = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYDANTIC_DISABLE_PLUGINS": "__all__", "PYTHONPATH": ":".join(sys.path), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished


@pytest.mark.parametrize("sentence", IN_A_PROCESS_OF_ITS_OWN)
def test_in_a_process_of_its_own(sentence: str) -> None:
    run(PROGRAM + IN_A_PROCESS_OF_ITS_OWN[sentence])


# -- export


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str]]]:
    """The URL of an OTLP collector, and the paths it was sent something at."""
    received: list[str] = []

    class Collect(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as it is declared
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collect) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()
        thread.join()


def test_the_environment_can_set_up_the_export(collector: tuple[str, list[str]]) -> None:
    """What a stopped app has told has arrived; apps share the exporters of their process."""
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    url, received = collector
    run(
        PROGRAM
        + """
        for _ in range(2):
            with TestClient(app) as client:
                assert client.get("/").json() == "home"
        from laneway.telemetry.exporting import EXPORTS
        assert len(EXPORTS.owned) == 3
        """,
        FASTAPI_OTEL_AUTO_CONFIGURE="true",
        OTEL_EXPORTER_OTLP_ENDPOINT=url,
    )

    assert {"/v1/traces", "/v1/metrics"} <= set(received)


# -- the page of the docs

GUIDE = Path(__file__).parents[2] / "docs" / "telemetry.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda text: text.splitlines()[-1].removeprefix("# "))
def test_a_program_of_the_page_prints_what_its_last_line_says(program: str) -> None:
    finished = run(program)

    assert f"# {finished.stdout.strip()}" == program.splitlines()[-1]
