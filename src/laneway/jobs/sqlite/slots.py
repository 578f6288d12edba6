"""Which process of those that share a file is which: lock files that the kernel lets go of when a process dies.

DBOS must know its workers by names that are unique among the living and come back after a restart. A worker takes the
lowest slot that nobody holds and is called after it. Whoever gets the lock of another slot knows that its worker is
dead, and takes over what it had.
"""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from laneway.jobs.errors import JobsError

SLOTS = 256  # workers that may share a file


def _lock(descriptor: int) -> bool:
    """Whether this process holds the lock now."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Slot:
    """A slot that this process holds until it lets go of it or dies.

    Attributes:
        number: Its number.
    """

    def __init__(self, number: int, descriptor: int) -> None:
        self.number = number
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.free()

    @property
    def name(self) -> str:
        """What its worker is called."""
        return f"slot-{self.number}"

    def free(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)


class Slots:
    """The slots of a file.

    Args:
        path: The file; the locks lie beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def _file(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.slot-{number}.lock")

    def try_one(self, number: int) -> Slot | None:
        """A slot; None if a living process holds it."""
        descriptor = os.open(self._file(number), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        if _lock(descriptor):
            return Slot(number, descriptor)
        os.close(descriptor)
        return None

    def take(self) -> Slot:
        """The lowest slot that is free.

        Raises:
            JobsError: There is none; a file is not made for so many workers.
        """
        for number in range(SLOTS):
            if (slot := self.try_one(number)) is not None:
                return slot
        raise JobsError(f"{SLOTS} workers use {self._path} already")

    def others(self, own: Slot | None) -> list[int]:
        """Slots that were ever taken, without our own."""
        count = next((number for number in range(SLOTS) if not self._file(number).exists()), SLOTS)
        return [number for number in range(count) if own is None or number != own.number]
