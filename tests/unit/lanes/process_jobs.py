"""Functions that the tests of the process lane run in its processes."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NoReturn

imported_by = os.getpid()
held: list[bytes] = []


class Refusing:
    """An object that cannot be pickled."""

    def __reduce__(self) -> NoReturn:
        raise TypeError("I stay here")


class PlainError(Exception):
    """An error that travels as it is."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class KeywordError(Exception):
    """An error that pickles but cannot be rebuilt."""

    def __init__(self, *, code: int) -> None:
        super().__init__(f"code {code}")


class Adder:
    """An object with a method."""

    def __init__(self, more: object) -> None:
        self.more = more

    def add(self, value: int) -> object:
        return value, self.more


def add(left: int, right: int = 0) -> int:
    return left + right


def echo(value: object) -> object:
    return value


def pid() -> int:
    return os.getpid()


def importer() -> int:
    """The process that imported this module."""
    return imported_by


def ids_and_main() -> tuple[int, str]:
    return os.getpid(), str(getattr(sys.modules["__main__"], "__file__", ""))


def raise_plain(code: int) -> NoReturn:
    raise PlainError(code)


def raise_keyword(code: int) -> NoReturn:
    raise KeywordError(code=code)


def leave(status: int) -> NoReturn:
    sys.exit(status)


def stop_iteration() -> NoReturn:
    raise StopIteration(1)


def refusing() -> Refusing:
    return Refusing()


def exit_hard(status: int) -> NoReturn:
    os._exit(status)


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def segfault() -> None:
    import faulthandler

    faulthandler.disable()  # what it prints is meant for people
    ctypes.string_at(0)


def interrupt_self() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    return "alive"


def announce_and_sleep(file: str, seconds: float = 60) -> None:
    """Write this process's id to a file, then sleep."""
    partial = Path(f"{file}.partial")
    partial.write_text(str(os.getpid()))
    partial.rename(file)
    time.sleep(seconds)


def announce_and_spin(file: str, seconds: float = 60) -> None:
    """Write this process's id to a file, then keep the interpreter busy."""
    announce_and_sleep(file, 0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(100_000))


def start_child_and_sleep(file: str) -> None:
    """Start a process, write its id to a file, then sleep."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    partial = Path(f"{file}.partial")
    partial.write_text(str(child.pid))
    partial.rename(file)
    time.sleep(60)


def wait_for(file: str) -> bool:
    """Sleep until a file exists."""
    while not Path(file).exists():
        time.sleep(0.002)
    return True


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def hold(megabytes: int) -> int:
    """Take memory and keep it."""
    held.append(b"x" * (megabytes * 1024 * 1024))
    return os.getpid()


class Marker:
    """An object that notes in which thread it was pickled or rebuilt."""

    threads: ClassVar[list[int]] = []

    def __reduce__(self) -> tuple[Callable[[], "Marker"], tuple[()]]:
        self.threads.append(threading.get_ident())
        return _marker, ()


def _marker() -> Marker:
    Marker.threads.append(threading.get_ident())
    return Marker()


def large_with_marker(size: int) -> tuple[bytes, Marker]:
    return b"x" * size, Marker()


def yielding() -> object:
    yield 1


async def coroutine() -> None:
    """Cannot run in a process."""


if __name__ == "__main__":
    raise SystemExit("a process ran the file again")
