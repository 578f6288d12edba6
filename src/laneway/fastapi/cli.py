"""FastAPI's command line, which is a package of its own (fastapi-cli), with Laneway as the framework."""

from collections.abc import Callable
from importlib import import_module

import laneway.fastapi.hook  # noqa: F401  # fastapi-cli imports fastapi


def _find() -> Callable[[], None] | None:
    """fastapi-cli's command; None where it is not installed."""
    try:
        main: Callable[[], None] = import_module("fastapi_cli.cli").main
    except ImportError:
        return None
    return main


cli_main = _find()

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
