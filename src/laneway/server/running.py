"""uvicorn with the options of the commands: in this process, in a reloading child, or in several workers."""

import copy
import os
import socket
import ssl
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import ChangeReload

from laneway.guard.policy import QUARANTINE_VARIABLE, GuardSettings
from laneway.guard.policy import VARIABLE as GUARD_VARIABLE
from laneway.server.checking import workers_of
from laneway.server.json_log import JSONAccessFormatter
from laneway.server.limits import Limits, LogFormat
from laneway.server.loading import STARTUP_FAILURE, AppLoader
from laneway.server.options import DevOptions, RunOptions, TLSVersion
from laneway.server.stopping import FORCED, Server, Workers, status_of

# By name: they need httptools and zttp, imported when used.
DIRECT = "laneway.server.direct.protocol:DirectProtocol"
DIRECT_AND_HTTP2 = "laneway.server.http2:EitherProtocol"
UVICORN_AND_HTTP2 = "uvicorn.protocols.http.auto_zttp_impl:AutoZttpProtocol"
ONCE = 1e9  # seconds between two announcements, 31 years; the first one comes when the server is ready

_OLDEST_TLS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_CERTIFICATES = {"none": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "required": ssl.CERT_REQUIRED}


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration for an app that an `AppLoader` makes, in whichever process that is.

    Attributes:
        limits: Of the direct path.
        access_log_format: How the direct path logs requests.
        oldest_tls: The oldest version that is spoken.
    """

    limits: Limits = Limits()
    access_log_format: LogFormat = "text"
    oldest_tls: TLSVersion = "1.2"

    @property
    def should_reload(self) -> bool:
        """Whether to restart on changes; our loader can, though it is no import string."""
        return self.reload

    def load(self) -> None:
        """Make the app, and what TLS needs."""
        super().load()
        if self.ssl is not None:
            self.ssl.minimum_version = _OLDEST_TLS[self.oldest_tls]


def serve(options: RunOptions | DevOptions, loader: AppLoader, bound: socket.socket) -> None:
    """Serve the app until a signal ends it.

    Raises:
        SystemExit: With status 3 if the app could not start.
    """
    GuardSettings.parse(options.guard, options.quarantine)
    os.environ[GUARD_VARIABLE] = options.guard  # read by whichever process serves
    os.environ[QUARANTINE_VARIABLE] = options.quarantine
    config = make_config(options, loader)
    try:
        with suppress(KeyboardInterrupt):  # Ctrl+C is how a server is stopped, not an error
            run(config, loader, bound)
    finally:
        if options.uds:
            Path(options.uds).unlink(missing_ok=True)


def run(config: ServerConfig, loader: AppLoader, bound: socket.socket) -> None:
    """Run the kind of server that the configuration asks for."""
    server = Server(config)
    if config.reload:
        ChangeReload(config, target=server.run, sockets=[bound]).run()
    elif config.workers > 1:
        run_workers(Workers(config, sockets=[bound]))
    else:
        loader()  # here, not in the event loop that uvicorn starts: some apps run their own at import
        server.run(sockets=[bound])
        sys.exit(status_of(server))


def run_workers(supervisor: Workers) -> None:
    """Run the worker processes; their failure to start is ours."""
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)
    if supervisor.insisted:
        sys.exit(FORCED)


def make_config(options: RunOptions | DevOptions, loader: AppLoader) -> ServerConfig:
    """What uvicorn needs to know, and what the direct path does."""
    loader.indirect = indirect(options)
    config = ServerConfig(
        loader,
        factory=True,
        http=protocol_of(options),
        callback_notify=loader.announce,
        timeout_notify=int(ONCE),
        reload=options.reload,
        reload_dirs=[str(path) for path in watched(options, loader)] if options.reload else None,
        workers=workers_of(options),
        root_path=options.root_path,
        proxy_headers=options.proxy_headers,
        forwarded_allow_ips=options.forwarded_allow_ips,
        log_config=log_config(options),
        log_level=options.log_level,
        access_log=options.access_log,
        ssl_certfile=options.ssl_certfile,
        ssl_keyfile=options.ssl_keyfile,
        ssl_keyfile_password=options.ssl_keyfile_password,
        ssl_cert_reqs=_CERTIFICATES[options.ssl_cert_reqs],
        ssl_ca_certs=str(options.ssl_ca_certs) if options.ssl_ca_certs else None,
        ssl_ciphers=options.ssl_ciphers,
        timeout_keep_alive=options.timeout_keep_alive,
        timeout_graceful_shutdown=grace(options),
        limit_concurrency=options.limit_concurrency,
        headers=[("server", "laneway")],
    )
    config.limits = limits_of(options)
    config.access_log_format = options.access_log_format
    config.oldest_tls = options.ssl_version
    return config


def protocol_of(options: RunOptions | DevOptions) -> str:
    """What uvicorn's server speaks with clients."""
    if indirect(options):
        return UVICORN_AND_HTTP2 if options.http2 else "auto"
    return DIRECT_AND_HTTP2 if options.http2 else DIRECT


def indirect(options: RunOptions | DevOptions) -> str:
    """Why nothing is served directly; empty if that is up to the app."""
    if not options.direct:
        return "--no-direct"
    return "" if find_spec("httptools") else 'httptools is missing: pip install "laneway[standard]"'


def limits_of(options: RunOptions | DevOptions) -> Limits:
    """The limits of the direct path."""
    return Limits(
        target=options.limit_target,
        head=options.limit_head,
        header_count=options.limit_header_count,
        body=options.limit_body,
        head_time=options.timeout_head,
        body_time=options.timeout_body,
        body_rate=options.limit_body_rate,
        first_request=options.timeout_first_request,
        keep_alive=options.timeout_keep_alive,
        write_time=options.timeout_write,
        pipelined=options.limit_pipelined,
        connections=options.limit_connections,
        requests=options.limit_requests,
        queued_bodies=options.limit_queued_bodies,
        half_close=options.half_close,
    )


def grace(options: RunOptions | DevOptions) -> int:
    """Seconds that open requests get at the end.

    Never unlimited: a page that listens to a stream would keep the server from stopping for as long as it is open.
    """
    longest = options.timeout_graceful_shutdown
    return min(longest, 1) if options.reload else longest


def watched(options: RunOptions | DevOptions, loader: AppLoader) -> list[Path]:
    """The directories whose changes restart the server."""
    return options.reload_dir or [loader.target.directory]


def log_config(options: RunOptions | DevOptions) -> dict[str, Any]:
    """The logging of uvicorn; in development without the routine lines of each restart."""
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    if isinstance(options, DevOptions) and options.log_level is None:
        config["loggers"]["uvicorn.error"]["level"] = "WARNING"
    if options.access_log_format == "json":
        config["formatters"]["access"] = {"()": JSONAccessFormatter}
    return config
