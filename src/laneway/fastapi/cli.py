"""FastAPI's command line, which is a package of its own (fastapi-cli), with Laneway as the framework."""

from collections.abc import Callable

import laneway.fastapi.hook  # noqa: F401  # fastapi-cli imports fastapi

cli_main: Callable[[], None] | None
try:
    from fastapi_cli.cli import main as cli_main
except ImportError:
    cli_main = None

NOT_INSTALLED = (
    "To use the fastapi command, please install fastapi-cli: pip install fastapi-cli; "
    "`laneway run --fastapi` serves the same apps without it"
)


def main() -> None:
    """Run the command `fastapi`.

    Raises:
        RuntimeError: fastapi-cli is not installed.
    """
    if cli_main is None:
        raise RuntimeError(NOT_INSTALLED)
    cli_main()
