"""The commands."""

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from laneway.cli import lanes, output, routes
from laneway.cli.config import check_environment, read_config
from laneway.cli.parameters import add_command
from laneway.cli.tables import (
    CheckOptions,
    ExplainOptions,
    LanesOptions,
    OpenAPIOptions,
    RoutesOptions,
    TopOptions,
    WorkerOptions,
)
from laneway.discovery import FoundApp, find_target
from laneway.exceptions import LanewayError
from laneway.server.binding import bind, url_of
from laneway.server.loading import AppLoader, Served
from laneway.server.options import AppOptions, DevOptions, RunOptions, settings_of

COMMANDS = ("run", "dev", "routes", "lanes", "explain", "openapi", "check", "do", "worker")
NOT_LOADED = 2  # exit status of `check`, whose 1 means that it found something
SETTINGS = {item.name: item for table in (AppOptions, RunOptions) for item in settings_of(table)}


class NoCommandsError(LanewayError):
    """The app has no commands of its own."""


cli = typer.Typer(name="laneway", no_args_is_help=True, pretty_exceptions_enable=False)


def run() -> None:
    """Run the command line of this process.

    Raises:
        SystemExit: Always, with the command's exit status.
    """
    try:
        for warning in check_environment(os.environ, SETTINGS.values()):
            output.print_warning(warning)
        config = read_config(Path.cwd(), SETTINGS.values())
        cli(prog_name="laneway", default_map=dict.fromkeys(COMMANDS, config))
    except LanewayError as error:
        output.print_error(str(error))
        sys.exit(1)


def print_version(value: bool) -> None:
    """Print the version and end, if asked to."""
    if value:
        with suppress(PackageNotFoundError):  # run from its source, not installed
            print(f"Laneway {version('laneway')}")
        raise typer.Exit


@cli.callback()
def options_of_all(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=print_version, is_eager=True)
    ] = False,
) -> None:
    """Run Laneway apps and look into them.

    Every option can also be set in the environment (LANEWAY_PORT=80) and in the
    table tool.laneway of pyproject.toml (port = 80).
    """


def serve_app(app: AppOptions, options: RunOptions) -> None:
    """Serve an app."""
    start(app, options)


def develop_app(app: AppOptions, options: DevOptions) -> None:
    """Serve an app and restart it whenever a file changes."""
    from laneway.cli.checks import announce_with_check

    start(app, options, announce_with_check)


def start(
    app: AppOptions, options: RunOptions | DevOptions, announce: Callable[[Served], None] = output.announce
) -> None:
    """Serve until a signal ends it."""
    from laneway.server.checking import check
    from laneway.server.running import serve
    from laneway.server.streams import open_missing

    open_missing()
    check(options)
    load_app = loader(app, announce)  # before the socket, so that a wrong name is the first thing said
    load_app.reload = options.reload
    with bind(options) as bound:
        load_app.url = url_of(bound, tls=options.ssl_certfile is not None)
        serve(options, load_app, bound)


def loader(app: AppOptions, announce: Callable[[Served], None] = output.announce) -> AppLoader:
    """What loads the app that the options name."""
    target = find_target(app.reference, Path.cwd())
    return AppLoader(target, announce, factory=app.factory, fastapi=app.fastapi)


def load(app: AppOptions) -> FoundApp:
    """The app that the options name."""
    return loader(app).load()


def work_on_jobs(app: AppOptions, options: WorkerOptions) -> None:
    """Run the jobs of an app in this process, without serving it."""
    from laneway.cli.worker import run_worker

    run_worker(load(app), options.queue)


def list_routes(app: AppOptions, options: RoutesOptions) -> None:
    """List the routes of an app: method, path, name, lane and source."""
    rows = [routes.row(route) for route in routes.routes_of(load(app).app)]
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        output.print_routes(rows)


def list_lanes(app: AppOptions, options: LanesOptions) -> None:
    """List the lanes of an app: size, queue, timeout, and the routes that use them."""
    rows = lanes.lane_rows(load(app).app)
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        output.print_lanes(rows)


def explain_route(options: ExplainOptions, app: AppOptions) -> None:
    """Show how a route is served: its lane, its dependencies in order, and the code made for it."""
    output.print_explanation(routes.explain(load(app).app, options.route))


def print_openapi(app: AppOptions, options: OpenAPIOptions) -> None:
    """Print the OpenAPI document of an app as JSON."""
    found = load(app)
    describe = getattr(found.app, "openapi", None)
    if not callable(describe):
        raise routes.NoPlanError(f"{found.import_string} has no OpenAPI document; name a Laneway object")
    text = json.dumps(describe(), indent=2, ensure_ascii=False)
    if options.output is None:
        print(text)
    else:
        options.output.write_text(f"{text}\n", encoding="utf-8")
        print(f"Wrote {options.output}", file=sys.stderr)


def check_app(app: AppOptions, options: CheckOptions) -> None:
    """Find calls that would block the event loop, by reading the app's code.

    Ends with status 1 if there are any, and with 2 if the app could not be loaded. A line marked
    `# laneway: blocking-ok`, and a function decorated with `allow_blocking`, is left alone.
    """
    from laneway.cli import checks

    try:
        found = load(app)
        routes.routes_of(found.app)  # refuses apps that cannot be looked into
    except LanewayError as error:
        output.print_error(str(error))
        raise typer.Exit(NOT_LOADED) from None
    report = checks.scan_found(found)
    checks.PRINTERS[options.format](report)
    if report.blocking or (options.strict and report.problems):
        raise typer.Exit(1)


def watch_app(options: TopOptions) -> None:
    """Show live how the lanes and the event loop of a running app are doing.

    The app must serve its metrics: `laneway.metrics.prometheus(app)`.
    """
    from laneway.cli.top import watch

    watch(options)


add_command(cli, "run", serve_app, AppOptions, RunOptions)
add_command(cli, "dev", develop_app, AppOptions, DevOptions)
add_command(cli, "worker", work_on_jobs, AppOptions, WorkerOptions)
add_command(cli, "routes", list_routes, AppOptions, RoutesOptions)
add_command(cli, "lanes", list_lanes, AppOptions, LanesOptions)
add_command(cli, "explain", explain_route, ExplainOptions, AppOptions)
add_command(cli, "openapi", print_openapi, AppOptions, OpenAPIOptions)
add_command(cli, "check", check_app, AppOptions, CheckOptions)
add_command(cli, "top", watch_app, TopOptions)


@cli.command("do", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run_app_command(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND...", help="A command's name and its own arguments.")
    ] = None,
    app: Annotated[
        str | None, typer.Option(help="The app, as for `laneway run`.", envvar=SETTINGS["app"].variable)
    ] = None,
    factory: Annotated[
        bool, typer.Option(help=SETTINGS["factory"].option.help, envvar=SETTINGS["factory"].variable)
    ] = False,
    fastapi: Annotated[
        bool, typer.Option(help=SETTINGS["fastapi"].option.help, envvar=SETTINGS["fastapi"].variable)
    ] = False,
) -> None:
    """Run one of the app's own commands, made with `@app.cli.command()`; without a name, list them."""
    found = load(AppOptions(app=app, factory=factory, fastapi=fastapi))
    commands = getattr(found.app, "cli", None)
    if not isinstance(commands, typer.Typer) or not (
        commands.registered_commands or commands.registered_groups
    ):
        raise NoCommandsError(f"{found.import_string} has no commands; `@app.cli.command()` makes one")
    commands(words or [], prog_name="laneway do")
