"""The workers of a process lane: as many as it may use at once and one that stands by, each replaced when it ends."""

import asyncio
import socket
from asyncio import AbstractEventLoop, Task, TimerHandle
from collections.abc import Callable, Collection, Sequence
from itertools import count

from laneway.lanes.errors import LaneError, describe_exit
from laneway.lanes.process_handle import BUFFER_BYTES, Call, Worker
from laneway.lanes.process_server import ForkServerProcess
from laneway.lanes.process_wire import Body
from laneway.lanes.process_worker import FAILED, RETIRE, STARTED, kill_group
from laneway.logger import logger

SPARE = 1  # processes that stand by
FIRST_PAUSE_SECONDS = (
    0.05  # before a process is replaced that ended without having been of use; doubles each time
)
LONGEST_PAUSE_SECONDS = 5.0

OnReply = Callable[[Call, int, Body, bool], None]
OnCrash = Callable[[Call, int | None, bool], None]


class WorkerPool:
    """Keeps workers ready.

    Args:
        name: The lane's name.
        size: Workers that may be busy at once.
        max_rss: Bytes of memory above which a worker is replaced.
        recycle: Calls after which a worker is replaced.
        on_reply: Called with a call, flags and body of its reply, and whether it failed.
        on_crash: Called with a call whose worker ended, the exit code, and whether it ended before reading the call.
        on_ready: Called when a worker may have become free.

    Attributes:
        busy: Workers that run a call.
        killed: Workers killed before their call ended.
        recycled: Workers replaced after their calls.
    """

    def __init__(
        self,
        name: str,
        size: int,
        *,
        max_rss: int | None,
        recycle: int | None,
        on_reply: OnReply,
        on_crash: OnCrash,
        on_ready: Callable[[], None],
    ) -> None:
        self._name = name
        self._size = size
        self._max_rss = max_rss
        self._recycle = recycle
        self._on_reply = on_reply
        self._on_crash = on_crash
        self._on_ready = on_ready
        self.busy = self.killed = self.recycled = 0
        self._numbers = count(1)
        self._preload: Sequence[str] = ()
        self._workers: dict[int, Worker] = {}  # until the fork server tells of their end
        self._idle: list[Worker] = []  # the last used comes first: its caches are warm
        self._live = 0  # workers that were not dismissed
        self._useless_ends = 0
        self._server: ForkServerProcess | None = None
        self._loop: AbstractEventLoop | None = None
        self._revival: Task[None] | None = None
        self._pause: TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether the pool was started and not stopped."""
        return self._loop is not None

    def workers(self) -> Collection[Worker]:
        """The workers there are."""
        return list(self._workers.values())

    def pids(self) -> list[int]:
        """The process ids of the workers that have started, and of the fork server."""
        server = self._server.pid if self._server else None
        return [worker.pid for worker in self._workers.values() if worker.pid] + ([server] if server else [])

    async def start(self, preload: Sequence[str]) -> None:
        """Start the fork server and the workers.

        Raises:
            LaneStartError: They cannot be started.
        """
        self._preload = list(preload)
        await self._start_server()
        self._loop = asyncio.get_running_loop()
        self._fill()

    async def _start_server(self) -> None:
        server = ForkServerProcess(self._name, self._on_event, self._on_server_lost)
        await server.start(self._preload, self._max_rss)
        self._server = server

    async def stop(self) -> None:
        """End every process; calls that still run are the caller's to settle."""
        self._loop = None
        if self._revival is not None:
            self._revival.cancel()
            await asyncio.wait([self._revival])
        if self._pause is not None:
            self._pause.cancel()
        server, self._server = self._server, None
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        self._idle.clear()
        self._live = self.busy = 0
        if server is not None:
            await server.stop()

    # -- use

    def take(self) -> Worker | None:
        """An idle worker, now busy; None if there is none or enough are busy."""
        if not self._idle or self.busy >= self._size:
            return None
        self.busy += 1
        return self._idle.pop()

    def kill(self, worker: Worker) -> None:
        """Kill a busy worker and let another take its place."""
        self.busy -= 1
        self.killed += 1
        if self._server is not None:
            self._server.kill(worker.number)
        self._dismiss(worker)

    def _dismiss(self, worker: Worker) -> None:
        worker.dismissed = True
        worker.close()
        self._live -= 1
        self._fill()

    def _fill(self) -> None:
        """Start workers until there are enough."""
        while self._loop is not None and self._server is not None and self._live < self._size + SPARE:
            self._add_worker(self._loop, self._server)

    def _add_worker(self, loop: AbstractEventLoop, server: ForkServerProcess) -> None:
        number = next(self._numbers) & 0xFFFFFFFF
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            server.spawn(number, theirs)
        worker = Worker(number, ours, loop, self._answered, self._unreachable)
        self._workers[number] = worker
        self._live += 1
        # It can be given a call at once, which waits in the socket until the process is there; others come first.
        self._idle.insert(0, worker)

    def _answered(self, worker: Worker, flags: int, body: Body) -> None:
        call, worker.call = worker.call, None
        if call is None:
            return
        self.busy -= 1
        worker.served += 1
        self._useless_ends = 0
        self._on_reply(call, flags, body, bool(flags & FAILED))
        if worker.number in self._workers:
            self._reuse(worker, flags)
        self._on_ready()

    def _reuse(self, worker: Worker, flags: int) -> None:
        if flags & RETIRE or worker.served == self._recycle:
            self.recycled += 1
            self._dismiss(worker)
        else:
            self._idle.append(worker)

    # -- ends

    def _unreachable(self, worker: Worker) -> None:
        """A worker closed its end, and so is about to end; if not, make it."""
        if worker in self._idle:
            self._idle.remove(worker)
        if self._server is not None:
            self._server.kill(worker.number)

    def _on_event(self, what: int, number: int, value: int) -> None:
        if what == STARTED:
            self._workers[number].pid = value
        else:
            self._ended(number, value)
            self._on_ready()

    def _ended(self, number: int, exitcode: int | None) -> None:
        worker = self._workers.pop(number)
        if worker.dismissed:
            return
        self._live -= 1
        if worker in self._idle:
            self._idle.remove(worker)
        worker.drain()  # it may have answered before it ended
        worker.close()
        call, worker.call = worker.call, None
        self._report(worker, call, exitcode)
        if call is not None:
            self.busy -= 1
            self._on_crash(call, exitcode, worker.unread)
        self._replace(useless=not worker.served and (call is None or worker.unread))

    def _report(self, worker: Worker, call: Call | None, exitcode: int | None) -> None:
        end = describe_exit(exitcode)
        if call is None or worker.unread:
            logger.warning("lane %s: idle process %d %s", self._name, worker.pid, end)
        else:
            logger.error("lane %s: process %d, which ran %s, %s", self._name, worker.pid, call.name, end)

    def _replace(self, *, useless: bool) -> None:
        """Start another worker; later and later if they end as soon as they begin."""
        if not useless or self._loop is None:
            self._fill()
            return
        pause = min(FIRST_PAUSE_SECONDS * 2**self._useless_ends, LONGEST_PAUSE_SECONDS)
        self._useless_ends = min(self._useless_ends + 1, 16)
        if self._pause is not None:
            self._pause.cancel()
        self._pause = self._loop.call_later(pause, self._refill)

    def _refill(self) -> None:
        self._fill()
        self._on_ready()

    # -- the fork server's own end

    def _on_server_lost(self) -> None:
        """Its workers end with it (on Linux by themselves); start anew."""
        logger.error("lane %s: its fork server ended unexpectedly and is started again", self._name)
        lost, self._server = self._server, None
        for worker in self.workers():
            if worker.pid:
                kill_group(worker.pid)
            self._ended(worker.number, None)
        if self._loop is not None:
            self._revival = self._loop.create_task(self._revive(lost))

    async def _revive(self, lost: ForkServerProcess | None) -> None:
        pause = FIRST_PAUSE_SECONDS
        if lost is not None:
            await lost.stop()  # collect what is left of it
        while self._server is None:
            try:
                await self._start_server()
            except LaneError as error:
                logger.error("%s; next attempt in %g s", error, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._refill()
