"""The command line of an app: Typer's, which also runs `async def` commands. Imported when an app asks for it."""

import asyncio
from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from typer import Typer

from laneway.types import DecoratedCallable


class CommandLine(Typer):
    """Commands of one app; sub-groups are Typer's: `app.cli.add_typer(...)`."""

    def __init__(self) -> None:
        # With a callback, an app that has only one command calls it by its name, too.
        super().__init__(
            callback=all_commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
        )

    def command(self, *args: Any, **options: Any) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Make a function a command; arguments and options as of `typer.Typer.command`."""
        register = super().command(*args, **options)

        def decorate(function: DecoratedCallable) -> DecoratedCallable:
            register(synchronous(function) if iscoroutinefunction(function) else function)
            return function

        return decorate


def all_commands() -> None:
    """Commands of this app."""


def synchronous(function: Callable[..., Any]) -> Callable[..., Any]:
    """The coroutine function as one that runs an event loop of its own."""

    @wraps(function)
    def run(*args: Any, **kwargs: Any) -> object:
        return asyncio.run(function(*args, **kwargs))

    return run
