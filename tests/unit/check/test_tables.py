"""The tables of known callables name things that exist."""

import importlib

import pytest

from laneway.check.blocking_calls import GROUPS
from laneway.check.names import resolve
from laneway.check.special import (
    CALLS_ARGUMENTS,
    CALLS_COROUTINES,
    ENTERS_ARGUMENT,
    RETURNS,
    RETURNS_FIRST,
    RETURNS_ITEM,
    RETURNS_OWNER,
    is_entered,
)

NEEDED_HERE = [
    "_asyncio",
    "_hashlib",
    "_io",
    "_multiprocessing",
    "_queue",
    "_socket",
    "_sqlite3",
    "_thread",
    "asyncio",
    "builtins",
    "bz2",
    "concurrent",
    "concurrent.futures.process",
    "concurrent.futures.thread",
    "contextlib",
    "contextvars",
    "copy",
    "fcntl",
    "ftplib",
    "functools",
    "getpass",
    "gzip",
    "hashlib",
    "heapq",
    "http.client",
    "imaplib",
    "itertools",
    "lzma",
    "multiprocessing",
    "multiprocessing.connection",
    "multiprocessing.pool",
    "multiprocessing.queues",
    "multiprocessing.synchronize",
    "os",
    "pathlib",
    "poplib",
    "posix",
    "queue",
    "re",
    "select",
    "shutil",
    "smtplib",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tarfile",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
    "zipfile",
    "zlib",
    "laneway.background",
    "starlette.background",
    "anyio",
]
TOP_LEVEL = {name.partition(".")[0] for name in NEEDED_HERE}

blocking = [entry.partition("=")[0] for group in GROUPS for entry in group.names.split()]
tables = (
    CALLS_ARGUMENTS | CALLS_COROUTINES | ENTERS_ARGUMENT | RETURNS_FIRST | RETURNS_ITEM | RETURNS_OWNER
) | {name for pair in RETURNS.items() for name in pair}
always_there = [name for name in sorted({*blocking, *tables}) if name.partition(".")[0] in TOP_LEVEL]


@pytest.mark.parametrize("name", always_there)
def test_a_name_of_the_tables_means_something(name: str) -> None:
    """A misspelt one would find nothing, in silence."""
    for module in NEEDED_HERE:
        importlib.import_module(module)

    assert resolve(name) is not None


def test_no_name_is_listed_twice() -> None:
    """The second one would be ignored."""
    assert len(blocking) == len(set(blocking))


def test_a_module_that_is_not_imported_stays_so() -> None:
    """The scan looks at what is there."""
    assert resolve("no_such_module.function") is None


@pytest.mark.parametrize(
    ("module", "entered"), [("asyncio.tasks", False), ("shop.db", True), ("sqlalchemy.orm", True)]
)
def test_code_that_is_known_to_be_careful_is_not_entered(module: str, entered: bool) -> None:
    """By the module's name or that of a package around it."""
    assert is_entered(module) is entered
