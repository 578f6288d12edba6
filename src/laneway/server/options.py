"""The options of the commands, each declared once.

A field is an option of the command line (`--host`), an environment variable (`LANEWAY_HOST`) and a key of
`[tool.laneway]` in pyproject.toml (`host`); the command line wins over the environment, that over the file.
"""

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

from laneway.server.limits import Limits, LogFormat

ENV_PREFIX = "LANEWAY_"

# Headings of the help.
ADDRESS, DEVELOPMENT, PROXY, LOGS = "Address", "Development", "Behind a proxy", "Logs"
TLS, LIMITS, REQUESTS = "TLS", "Load", "Limits of clients (direct path)"

TLSVersion = Literal["1.2", "1.3"]
CertificateWish = Literal["none", "optional", "required"]
LogLevel = Literal["critical", "error", "warning", "info", "debug", "trace"]


@dataclass(frozen=True, slots=True)
class Option:
    """What a field means to the people who set it.

    Attributes:
        help: One sentence.
        flag: The name on the command line; made from the field's name when empty.
        short: A one-letter form, e.g. `-o`.
        positional: Given by its place instead of by a flag.
        group: The heading under which the help lists it.
        configurable: May also come from the environment and from pyproject.toml.
        above: A number must be greater than this.
    """

    help: str
    flag: str = ""
    short: str = ""
    positional: bool = False
    group: str = ""
    configurable: bool = True
    above: float | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a table of options, as the command line, the environment and the file see it."""

    name: str
    annotation: object  # e.g. `int | None`
    default: object
    option: Option

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return self.option.flag or f"--{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str | None:
        """Its environment variable."""
        return f"{ENV_PREFIX}{self.name.upper()}" if self.option.configurable else None

    @property
    def many(self) -> bool:
        """Whether it takes several values."""
        return get_origin(self.annotation) is list

    @property
    def kind(self) -> type:
        """The class of a value, of one value if it takes several: bool, int, str or Path."""
        if self.choices:
            return str
        first = get_args(self.annotation)[0] if get_args(self.annotation) else self.annotation
        assert isinstance(first, type)
        return first

    @property
    def choices(self) -> tuple[str, ...]:
        """The values it may have; empty if there is no such list."""
        literal = next(
            (part for part in (self.annotation, *get_args(self.annotation)) if get_origin(part) is Literal),
            None,
        )
        return get_args(literal)


def settings_of(table: type) -> Iterator[Setting]:
    """Every option that a table declares."""
    hints = get_type_hints(table, include_extras=True)
    for item in fields(table):
        kind, option = get_args(hints[item.name])
        default = item.default if item.default_factory is MISSING else item.default_factory()
        yield Setting(item.name, kind, ... if default is MISSING else default, option)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppOptions:
    """Which app."""

    app: Annotated[
        str | None,
        Option(
            "The app: module:app, a module, or a file. Without one: main.py, app.py or api.py here.",
            positional=True,
        ),
    ] = None
    app_name: Annotated[
        str | None,
        Option("The app's name in that module or file; or the app itself.", flag="--app", configurable=False),
    ] = None
    factory: Annotated[bool, Option("Call the named function (else create_app) to make the app.")] = False
    fastapi: Annotated[bool, Option("Let `import fastapi` give Laneway: runs a FastAPI app unchanged.")] = (
        False
    )

    @property
    def reference(self) -> str | None:
        """What names the app: `main.py` with `--app api` is `main.py:api`."""
        if self.app and self.app_name and self.app_name.isidentifier():
            place, colon, name = self.app.rpartition(":")
            return f"{place if colon and name.isidentifier() else self.app}:{self.app_name}"
        return self.app_name or self.app


GuardSetting = Annotated[
    str,
    Option(
        "What happens when a call blocks the event loop, from how many ms: off, warn, dev, raise.", group=LOGS
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How a server serves it, in development and in production."""

    host: Annotated[
        str, Option("Address to listen on; 0.0.0.0 for all addresses of this machine.", group=ADDRESS)
    ] = "127.0.0.1"
    port: Annotated[int, Option("Port to listen on; 0 for any free one.", group=ADDRESS)] = 8000
    uds: Annotated[
        str | None, Option("Unix domain socket to listen on instead of a port.", group=ADDRESS)
    ] = None
    fd: Annotated[
        int | None,
        Option("Listening socket that was inherited, by its number; systemd's first is 3.", group=ADDRESS),
    ] = None
    reload_dir: Annotated[
        list[Path],
        Option("Directory to watch for changes, repeatable; default: where the app is.", group=DEVELOPMENT),
    ] = field(default_factory=list)
    root_path: Annotated[
        str, Option("Path prefix that a proxy removes before requests arrive here.", group=PROXY)
    ] = ""
    proxy_headers: Annotated[
        bool, Option("Take the client's address and scheme from the headers of trusted proxies.", group=PROXY)
    ] = True
    forwarded_allow_ips: Annotated[
        str | None, Option("Proxies to trust: addresses or networks, comma separated, or '*'.", group=PROXY)
    ] = None
    guard: GuardSetting = "warn:100"
    quarantine: Annotated[
        Literal["off", "safe"],
        Option("Move endpoints to a thread that block the event loop again and again.", group=LIMITS),
    ] = "off"
    log_level: Annotated[LogLevel | None, Option("How much the server logs.", group=LOGS)] = None
    access_log: Annotated[bool, Option("Log every request.", group=LOGS)] = True
    access_log_format: Annotated[LogFormat, Option("How requests are logged.", group=LOGS)] = "text"
    ssl_certfile: Annotated[Path | None, Option("TLS certificate; serves https.", group=TLS)] = None
    ssl_keyfile: Annotated[Path | None, Option("Private key of the TLS certificate.", group=TLS)] = None
    ssl_keyfile_password: Annotated[
        str | None,
        Option("Password of the key; better in the environment, where nobody sees it.", group=TLS),
    ] = None
    ssl_version: Annotated[TLSVersion, Option("Oldest version of TLS that is spoken.", group=TLS)] = "1.2"
    ssl_ciphers: Annotated[
        str | None, Option("Ciphers of TLS 1.2 as OpenSSL names them; default: its own.", group=TLS)
    ] = None
    ssl_ca_certs: Annotated[
        Path | None, Option("Authorities whose certificates clients may show.", group=TLS)
    ] = None
    ssl_cert_reqs: Annotated[
        CertificateWish, Option("Whether clients must show a certificate.", group=TLS)
    ] = "none"
    http2: Annotated[
        bool,
        Option(
            "Speak HTTP/2, too, through uvicorn and ASGI: only some limits hold; needs the extra http2.",
            group=ADDRESS,
        ),
    ] = False
    timeout_keep_alive: Annotated[
        int, Option("Seconds an idle connection stays open.", group=LIMITS, above=0)
    ] = 5
    timeout_graceful_shutdown: Annotated[
        int,
        Option(
            "Seconds that open requests and streams get when the server stops; 1 at most with --reload.",
            group=LIMITS,
            above=-1,
        ),
    ] = 10
    limit_concurrency: Annotated[
        int | None,
        Option("Connections and requests in progress beyond which replies are 503.", group=LIMITS, above=0),
    ] = None
    direct: Annotated[
        bool,
        Option(
            "Serve requests without ASGI where that is possible; without it uvicorn does it all.",
            group=LIMITS,
        ),
    ] = True
    limit_connections: Annotated[
        int, Option("Connections of a process; further ones get 503.", group=REQUESTS, above=0)
    ] = Limits.connections
    limit_requests: Annotated[
        int, Option("Requests of one connection, after which it is closed.", group=REQUESTS, above=0)
    ] = Limits.requests
    limit_target: Annotated[int, Option("Bytes of path and query; more is 414.", group=REQUESTS, above=0)] = (
        Limits.target
    )
    limit_head: Annotated[
        int, Option("Bytes of request line and header fields; more is 431.", group=REQUESTS, above=0)
    ] = Limits.head
    limit_header_count: Annotated[int, Option("Header fields; more is 431.", group=REQUESTS, above=0)] = (
        Limits.header_count
    )
    limit_body: Annotated[int, Option("Bytes of a body; more is 413.", group=REQUESTS, above=0)] = Limits.body
    limit_pipelined: Annotated[
        int, Option("Requests of a connection that may wait; no more is read.", group=REQUESTS, above=0)
    ] = Limits.pipelined
    limit_queued_bodies: Annotated[
        int, Option("Bytes of waiting bodies of a process; no more is read.", group=REQUESTS, above=0)
    ] = Limits.queued_bodies
    timeout_first_request: Annotated[
        float, Option("Seconds until a new connection must ask for something.", group=REQUESTS, above=0)
    ] = Limits.first_request
    timeout_head: Annotated[
        float, Option("Seconds that a head may take to arrive; more is 408.", group=REQUESTS, above=0)
    ] = Limits.head_time
    timeout_body: Annotated[
        float,
        Option(
            "Seconds that a body may take, and longer if it is large and keeps coming; more is 408.",
            group=REQUESTS,
            above=0,
        ),
    ] = Limits.body_time
    limit_body_rate: Annotated[
        int,
        Option(
            "Bytes a second of a body that has used up --timeout-body; fewer is 408.", group=REQUESTS, above=0
        ),
    ] = Limits.body_rate
    timeout_write: Annotated[
        float,
        Option(
            "Seconds for which a client may take nothing of its response; then it is cut off.",
            group=REQUESTS,
            above=0,
        ),
    ] = Limits.write_time
    half_close: Annotated[
        bool,
        Option(
            "Answer clients that have shut their sending side; whoever is gone looks the same.",
            group=REQUESTS,
        ),
    ] = Limits.half_close


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(ServeOptions):
    """How `laneway run` serves it."""

    workers: Annotated[int, Option("Number of processes.", group=LIMITS)] = 1
    reload: Annotated[bool, Option("Restart when a file changes.", group=DEVELOPMENT)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DevOptions(ServeOptions):
    """How `laneway dev` serves it."""

    guard: GuardSetting = "dev:50"
    reload: Annotated[bool, Option("Restart when a file changes.", group=DEVELOPMENT)] = True
