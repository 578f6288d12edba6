"""The lane's side of its fork server: start it, ask for workers, hear of their ends, stop it."""

import asyncio
import os
import pickle
import socket
import subprocess
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import spawn

from laneway.lanes import process_worker
from laneway.lanes.errors import LaneStartError
from laneway.lanes.process_worker import COMMAND, EVENT, HEADER, KILL, SPAWN
from laneway.logger import logger

START_SECONDS = 120.0  # preloading may read gigabytes from a slow disk
STOP_SECONDS = 3.0  # the fork server itself gives its workers LEAVE_SECONDS

OnEvent = Callable[[int, int, int], None]


class ForkServerProcess:
    """One fork server of one lane.

    Args:
        lane: Name of the lane, for messages.
        on_event: Called with each EVENT: what, number of the worker, pid or exit code.
        on_lost: Called when the fork server ended although nobody stopped it.
    """

    def __init__(self, lane: str, on_event: OnEvent, on_lost: Callable[[], None]) -> None:
        self._lane = lane
        self._on_event = on_event
        self._on_lost = on_lost
        self._loop: AbstractEventLoop = asyncio.get_running_loop()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._partial = b""

    @property
    def pid(self) -> int | None:
        """Its process id; None when it does not run."""
        return self._process.pid if self._process else None

    async def start(self, preload: Sequence[str], max_rss: int | None) -> None:
        """Start the process and wait until it has imported `preload`.

        Raises:
            LaneStartError: A module cannot be imported, or the process did not come up.
        """
        if sys.platform == "win32":
            raise LaneStartError(
                self._lane,
                "process lanes need fork, which Windows does not have; use a thread lane "
                "there, or run under WSL",
            )
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            with theirs:
                self._process = await asyncio.to_thread(_launch, theirs.fileno())
            self._control = ours
            async with asyncio.timeout(START_SECONDS):
                failure, threads = await self._set_up(ours, preload, max_rss)
        except BaseException as error:
            ours.close()
            await self._end_process(0)
            raise self._explained(error) from error
        if failure:
            await self.stop()
            raise LaneStartError(self._lane, failure)
        if threads:
            logger.warning(
                "lane %s: preloading started threads (%s), which its processes do not have",
                self._lane,
                ", ".join(threads),
            )
        self._loop.add_reader(ours, self._read_events)

    def _explained(self, error: BaseException) -> BaseException:
        if isinstance(error, TimeoutError):
            return LaneStartError(self._lane, f"its modules were not imported within {START_SECONDS:g} s")
        if isinstance(error, EOFError | OSError):
            return LaneStartError(self._lane, f"the fork server ended before it was ready ({error})")
        return error

    async def _set_up(
        self, control: socket.socket, preload: Sequence[str], max_rss: int | None
    ) -> tuple[str, list[str]]:
        path = [entry or os.getcwd() for entry in sys.path]  # noqa: PTH109 - a string is what sys.path holds
        setup = pickle.dumps((path, sys.argv, list(preload), max_rss), 5)
        await self._loop.sock_sendall(control, HEADER.pack(len(setup), 0) + setup)
        length, _ = HEADER.unpack(await self._receive(control, HEADER.size))
        report: tuple[str, list[str]] = pickle.loads(await self._receive(control, length))  # noqa: S301 - our own
        return report

    async def _receive(self, control: socket.socket, length: int) -> bytes:
        data = b""
        while len(data) < length:
            part = await self._loop.sock_recv(control, length - len(data))
            if not part:
                raise EOFError("its end of the connection closed")
            data += part
        return data

    def spawn(self, number: int, channel: socket.socket) -> None:
        """Ask for a worker at the other end of `channel`, which the caller closes afterwards."""
        if self._control is not None:
            try:
                socket.send_fds(self._control, [COMMAND.pack(SPAWN, number)], [channel.fileno()])
            except OSError:
                self._loop.call_soon(self._lose)

    def kill(self, number: int) -> None:
        """Kill a worker; does nothing to one that has ended.

        The fork server does it, because only the parent of a process knows that its pid still means that process.
        """
        if self._control is not None:
            try:
                self._control.send(COMMAND.pack(KILL, number))
            except OSError:
                self._loop.call_soon(self._lose)

    def _read_events(self) -> None:
        assert self._control is not None
        try:
            data = self._control.recv(EVENT.size * 512)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        data = self._partial + data
        whole = len(data) - len(data) % EVENT.size
        self._partial = data[whole:]
        for what, number, value in EVENT.iter_unpack(data[:whole]):
            self._on_event(what, number, value)

    def _lose(self) -> None:
        if self._control is not None:
            self._disconnect()
            self._on_lost()

    def _disconnect(self) -> None:
        if self._control is not None:
            self._loop.remove_reader(self._control)
            self._control.close()
            self._control = None

    async def stop(self) -> None:
        """End the fork server and with it every worker; returns when it is gone."""
        self._disconnect()
        await self._end_process(STOP_SECONDS)

    async def _end_process(self, patience: float) -> None:
        process, self._process = self._process, None
        if process is not None:
            await asyncio.shield(asyncio.to_thread(_collect, process, patience))


def _launch(fd: int) -> "subprocess.Popen[bytes]":
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # as multiprocessing does
    executable = os.fsdecode(spawn.get_executable() or sys.executable)
    return subprocess.Popen(  # noqa: S603 - our own program
        [executable, *flags, "-P", process_worker.__file__, str(fd)],
        stdin=subprocess.DEVNULL,
        pass_fds=(fd,),
        start_new_session=True,  # Ctrl-C is for the server alone
    )


def _collect(process: "subprocess.Popen[bytes]", patience: float) -> None:
    """Wait for the end of a process, and bring it about when patience is over."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
        return
    process.kill()
    process.wait()
