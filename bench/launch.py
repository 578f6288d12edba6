"""How each server is started: the arguments of its interpreter.

Every peer gets the same settings where its server has them: one worker unless the row says otherwise, uvloop, no
access log.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
KEEP_ALIVE = ["--timeout-keep-alive", "60"]  # for connections whose memory is looked at


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Variant:
    """What a row asks of every server that takes part."""

    workers: int = 1
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how to serve."""

    port: int
    variant: Variant
    certificate: Certificate | None = None  # present where the variant says TLS


Launch = Callable[[str, Place], list[str]]  # (target, place) -> arguments


def _tls(place: Place, certificate: str, key: str) -> list[str]:
    files = place.certificate
    return [certificate, str(files.certificate), key, str(files.key)] if files else []


def _common(place: Place) -> list[str]:
    return ["--host", HOST, "--port", str(place.port), "--workers", str(place.variant.workers)]


def uvicorn(http: str = "httptools", loop: str = "uvloop") -> Launch:
    """Under uvicorn with one of its protocols and loops."""

    def launch(target: str, place: Place) -> list[str]:
        settings = ["--http", http, "--loop", loop, "--no-access-log", "--log-level", "warning", *KEEP_ALIVE]
        tls = _tls(place, "--ssl-certfile", "--ssl-keyfile")
        return ["-m", "uvicorn", target, *_common(place), *settings, *tls]

    return launch


def laneway(target: str, place: Place) -> list[str]:
    """With `laneway run` and its defaults, except that no access log is written and idle connections stay longer."""
    settings = ["--no-access-log", "--log-level", "warning", *KEEP_ALIVE]
    return [
        "-m",
        "laneway",
        "run",
        target,
        *_common(place),
        *settings,
        *_tls(place, "--ssl-certfile", "--ssl-keyfile"),
    ]


def counted(target: str, place: Place) -> list[str]:
    """As `laneway`, in processes that count which way requests take."""
    return ["-m", "bench.counted", *laneway(target, place)[2:]]


def granian(interface: str) -> Launch:
    """Under granian with one of its interfaces."""

    def launch(target: str, place: Place) -> list[str]:
        settings = ["--interface", interface, "--loop", "uvloop", "--log-level", "warning", "--no-ws"]
        tls = _tls(place, "--ssl-certificate", "--ssl-keyfile")
        return ["-m", "granian", target, *_common(place), *settings, *tls]

    return launch


def gunicorn(target: str, place: Place) -> list[str]:
    """A WSGI app under gunicorn: a worker with threads, which is its kind that keeps connections open."""
    bind = ["--bind", f"{HOST}:{place.port}", "--workers", str(place.variant.workers)]
    settings = ["--worker-class", "gthread", "--threads", "8", "--keep-alive", "60", "--log-level", "warning"]
    return ["-m", "gunicorn", target, *bind, *settings]


def sanic(target: str, place: Place) -> list[str]:
    """Sanic's own server, in one process."""
    bind = ["--host", HOST, "--port", str(place.port)]
    return ["-m", "sanic", target, *bind, "--single-process", "--no-access-logs", "--no-motd"]


def script(target: str, place: Place) -> list[str]:
    """A program that serves itself on the port it is given."""
    return ["-m", target, str(place.port)]
