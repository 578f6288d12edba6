"""The commands that an app brings: `@app.cli.command()`, and `laneway do NAME` to run one."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from laneway.command_line import CommandLine


class Commands:
    """An app's own commands."""

    @cached_property
    def cli(self) -> "CommandLine":
        """The app's commands, in Typer's way: parameters of the function are those of the command. Needs `typer`.

        Example:
            @app.cli.command()
            def create_user(name: str, admin: bool = False) -> None:
                ...

            $ laneway do create-user ann --admin
        """
        from laneway.command_line import CommandLine

        return CommandLine()
