"""The SQLite engine, put together."""

from collections.abc import Mapping
from pathlib import Path

from laneway.jobs.engine import Engine
from laneway.jobs.errors import JobDeclarationError
from laneway.jobs.sqlite.store import SqliteStore

SYNCHRONOUS = ("NORMAL", "FULL")


def sqlite_engine(path: str, options: Mapping[str, str]) -> Engine:
    """An engine on a file.

    Args:
        path: The file.
        options: `synchronous`: `normal` loses nothing when processes die, `full` also when the power does.

    Raises:
        JobDeclarationError: The extra `jobs` is not installed, or an option is none.
    """
    try:
        from laneway.jobs.sqlite.delivery import DbosDelivery
    except ModuleNotFoundError as error:
        if error.name not in ("dbos", "sqlalchemy"):
            raise
        raise JobDeclarationError(
            'jobs in SQLite need DBOS; get it with: pip install "laneway[jobs]"'
        ) from error
    wrong = sorted(options.keys() - {"synchronous"})
    if wrong:
        raise JobDeclarationError(
            f"the URL of jobs has no option {', '.join(wrong)}; it has synchronous=full"
        )
    synchronous = options.get("synchronous", "normal").upper()
    if synchronous not in SYNCHRONOUS:
        raise JobDeclarationError(f"synchronous is normal or full, not {options['synchronous']!r}")
    file = Path(path).resolve()
    queue = file.with_name(f"{file.name}-queue")
    return Engine("sqlite", SqliteStore(file, synchronous), DbosDelivery(queue, synchronous))
