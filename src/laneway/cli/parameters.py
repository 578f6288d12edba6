"""Commands whose parameters are the fields of option tables, see `laneway.server.options`."""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from laneway.cli.values import read_value
from laneway.server.options import Setting, settings_of

KINDS: dict[type, str] = {str: "TEXT", int: "NUMBER", float: "SECONDS", Path: "PATH"}


def add_command(cli: typer.Typer, name: str, handler: Callable[..., None], *tables: type) -> None:
    """Add a command that calls the handler with one value per table.

    Args:
        cli: The command line it becomes part of.
        name: Its name there.
        handler: What it does; the docstring is its help.
        tables: Dataclasses of options, in the order of the handler's parameters.
    """

    def command(**values: object) -> None:
        handler(*(table(**{item.name: values[item.name] for item in settings_of(table)}) for table in tables))

    settings = [item for table in tables for item in settings_of(table)]
    vars(command)["__signature__"] = inspect.Signature([parameter(item) for item in settings])
    cli.command(name, help=inspect.getdoc(handler))(command)


def parameter(item: Setting) -> inspect.Parameter:
    """The setting as a parameter that typer reads."""
    option = item.option
    info = typer.Argument if option.positional else partial(typer.Option, *flags(item))
    declared = info(
        help=help_of(item),
        envvar=item.variable,
        show_envvar=False,  # the help says once how all of them are called
        show_default=item.default not in (None, "", [], True, False),
        metavar=placeholder(item),
        parser=parser_of(item),
        rich_help_panel=option.group or None,
    )
    return inspect.Parameter(
        item.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if item.default is ... else item.default,
        annotation=Annotated[item.annotation, declared],
    )


def flags(item: Setting) -> list[str]:
    """How the option is written: `--port`, `--reload/--no-reload`, `--output` and `-o`."""
    flag = item.option.flag or f"--{item.name.replace('_', '-')}"
    if item.annotation is bool and item.option.configurable:
        flag = f"{flag}/--no-{flag.removeprefix('--')}"  # so that it can undo what the environment says
    return [flag, item.option.short] if item.option.short else [flag]


def placeholder(item: Setting) -> str:
    """What stands for the value in the help; nothing for a switch."""
    if item.option.positional:
        return item.name.upper()
    return "" if item.annotation is bool else KINDS[item.kind]


def help_of(item: Setting) -> str:
    """The sentence of the option, with its choices if it has any."""
    return f"{item.option.help} One of: {', '.join(item.choices)}." if item.choices else item.option.help


def parser_of(item: Setting) -> Callable[[str], object] | None:
    """What reads the option's text where typer's own message would not show the text; else None."""
    if not item.choices and item.kind is not int:
        return None

    def parse(text: str) -> object:
        try:
            return read_value(item, str(text))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return parse
