"""uvicorn with the options of the commands: in this process, in a reloading child, or in several workers."""

import copy
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import ChangeReload, Multiprocess

from laneway.exceptions import LanewayError
from laneway.guard.policy import VARIABLE as GUARD_VARIABLE
from laneway.guard.policy import GuardSettings
from laneway.server.loading import STARTUP_FAILURE, AppLoader
from laneway.server.options import DevOptions, RunOptions

ONCE = 1e9  # seconds between two announcements, 31 years; the first one comes when the server is ready


class OptionConflictError(LanewayError):
    """Two options exclude each other."""


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration for an app that an `AppLoader` makes, in whichever process that is."""

    @property
    def should_reload(self) -> bool:
        """Whether to restart on changes; our loader can, though it is no import string."""
        return self.reload


def serve(options: RunOptions | DevOptions, loader: AppLoader, bound: socket.socket) -> None:
    """Serve the app until a signal ends it.

    Raises:
        SystemExit: With status 3 if the app could not start.
    """
    GuardSettings.parse(options.guard)
    os.environ[GUARD_VARIABLE] = options.guard  # read by whichever process serves
    config = make_config(options, loader)
    try:
        with suppress(KeyboardInterrupt):  # Ctrl+C is how a server is stopped, not an error
            run(config, loader, bound)
    finally:
        if options.uds:
            Path(options.uds).unlink(missing_ok=True)


def run(config: ServerConfig, loader: AppLoader, bound: socket.socket) -> None:
    """Run the kind of server that the configuration asks for."""
    server = uvicorn.Server(config)
    if config.reload:
        ChangeReload(config, target=server.run, sockets=[bound]).run()
    elif config.workers > 1:
        run_workers(Multiprocess(config, sockets=[bound]))
    else:
        loader()  # here, not in the event loop that uvicorn starts: some apps run their own at import
        server.run(sockets=[bound])
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def run_workers(supervisor: Multiprocess) -> None:
    """Run the worker processes; their failure to start is ours."""
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        sys.exit(STARTUP_FAILURE)


def make_config(options: RunOptions | DevOptions, loader: AppLoader) -> ServerConfig:
    """What uvicorn needs to know."""
    return ServerConfig(
        loader,
        factory=True,
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
        timeout_keep_alive=options.timeout_keep_alive,
        timeout_graceful_shutdown=grace(options),
        limit_concurrency=options.limit_concurrency,
    )


def grace(options: RunOptions | DevOptions) -> int:
    """Seconds that open requests get at the end.

    Never unlimited: a page that listens to a stream would keep the server from stopping for as long as it is open.
    """
    longest = options.timeout_graceful_shutdown
    return min(longest, 1) if options.reload else longest


def check(options: RunOptions | DevOptions) -> None:
    """Refuse what cannot be had together.

    Raises:
        OptionConflictError: The message names the options and what to drop or add.
    """
    workers = workers_of(options)
    if workers < 1:
        raise OptionConflictError(f"--workers {workers} serves nobody; give 1 or more")
    if options.reload and workers > 1:
        raise OptionConflictError(f"--reload restarts one process, not {workers}; drop --reload or --workers")
    missing = [str(path) for path in options.reload_dir if options.reload and not path.is_dir()]
    if missing:
        raise OptionConflictError(f"--reload-dir {missing[0]} is no directory; name one that exists")
    if options.ssl_keyfile and not options.ssl_certfile:
        raise OptionConflictError("--ssl-keyfile is the key of a certificate; add --ssl-certfile")


def workers_of(options: RunOptions | DevOptions) -> int:
    """The number of worker processes; development has one."""
    return options.workers if isinstance(options, RunOptions) else 1


def watched(options: RunOptions | DevOptions, loader: AppLoader) -> list[Path]:
    """The directories whose changes restart the server."""
    return options.reload_dir or [loader.target.directory]


def log_config(options: RunOptions | DevOptions) -> dict[str, object]:
    """The logging of uvicorn; in development without the routine lines of each restart."""
    config: dict[str, object] = copy.deepcopy(LOGGING_CONFIG)
    if isinstance(options, DevOptions) and options.log_level is None:
        loggers = config["loggers"]
        assert isinstance(loggers, dict)
        loggers["uvicorn.error"]["level"] = "WARNING"
    return config
