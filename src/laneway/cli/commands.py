"""The commands."""

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from laneway.cli import output, routes
from laneway.cli.config import check_environment, read_config
from laneway.cli.parameters import add_command
from laneway.cli.tables import ExplainOptions, OpenAPIOptions, RoutesOptions
from laneway.discovery import FoundApp, find_target
from laneway.exceptions import LanewayError
from laneway.server.binding import bind, url_of
from laneway.server.loading import AppLoader
from laneway.server.options import AppOptions, DevOptions, RunOptions, settings_of

COMMANDS = ("run", "dev", "routes", "explain", "openapi")
SETTINGS = {item.name: item for table in (AppOptions, RunOptions) for item in settings_of(table)}

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
    start(app, options)


def start(app: AppOptions, options: RunOptions | DevOptions) -> None:
    """Serve until a signal ends it."""
    from laneway.server.running import check, serve

    check(options)
    load_app = loader(app)  # before the socket, so that a wrong name is the first thing said
    load_app.reload = options.reload
    with bind(options) as bound:
        load_app.url = url_of(bound, tls=options.ssl_certfile is not None)
        serve(options, load_app, bound)


def loader(app: AppOptions) -> AppLoader:
    """What loads the app that the options name."""
    target = find_target(app.reference, Path.cwd())
    return AppLoader(target, output.announce, factory=app.factory, fastapi=app.fastapi)


def load(app: AppOptions) -> FoundApp:
    """The app that the options name."""
    return loader(app).load()


def list_routes(app: AppOptions, options: RoutesOptions) -> None:
    """List the routes of an app: method, path, name, lane and source."""
    rows = [routes.row(route) for route in routes.routes_of(load(app).app)]
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        output.print_routes(rows)


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


add_command(cli, "run", serve_app, AppOptions, RunOptions)
add_command(cli, "dev", develop_app, AppOptions, DevOptions)
add_command(cli, "routes", list_routes, AppOptions, RoutesOptions)
add_command(cli, "explain", explain_route, ExplainOptions, AppOptions)
add_command(cli, "openapi", print_openapi, AppOptions, OpenAPIOptions)
