"""Stopping in good order: what runs is finished, for as long as it may take; whoever insists gets an end at once.

uvicorn asks connections to finish, waits, and cancels what is left. Added here: a second signal ends a stop that takes
too long, connections that are left are cut, and the process ends by itself instead of by the signal, so that what is
registered with `atexit` runs and the exit status is 0.
"""

import asyncio
import atexit
import logging
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import parent_process
from threading import Timer
from types import FrameType
from typing import cast

import uvicorn
from uvicorn.supervisors import Multiprocess, multiprocess

from laneway.server.loading import STARTUP_FAILURE
from laneway.stream.work import running_works

ONE_WISH = 0.5  # seconds in which a second signal means the same: some supervisors signal process and group
LAST_SECONDS = 2.0  # for code to end that is cancelled, before the process ends without it
FORCED = 1  # exit status after a second signal

_logger = logging.getLogger("uvicorn.error")


class Server(uvicorn.Server):
    """uvicorn's server, which a second signal ends at once."""

    _asked = 0.0  # when it was told to stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; asked again, at once."""
        now = time.monotonic()
        if not self.should_exit:
            self.should_exit, self._asked = True, now
        elif not self.force_exit and now - self._asked > ONE_WISH and insists(sig):
            self.force_exit = True
            self._end_soon()

    def _end_soon(self) -> None:
        last = Timer(
            2 * LAST_SECONDS, os._exit, (FORCED,)
        )  # code that heeds no cancellation cannot stop this
        last.daemon = True
        last.start()
        for server in getattr(self, "servers", ()):  # not yet there during start-up
            server.get_loop().call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for task in self.server_state.tasks:
            task.cancel(msg="the server was told twice to stop")
        self._cut()

    def _cut(self) -> None:
        for connection in list(self.server_state.connections):
            cut = cast(Callable[[], None] | None, getattr(connection, "cut", None))
            (cut or connection.transport.close)()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what runs, for as long as it may take, and cut off the rest."""
        await super().shutdown(sockets)
        self._cut()
        if (
            self.force_exit
        ):  # uvicorn leaves it out; what the app has opened is closed even now, if that is quick
            with suppress(TimeoutError):
                await asyncio.wait_for(self.lifespan.shutdown(), LAST_SECONDS)
        tasks = [*self.server_state.tasks, *(work.task for work in running_works())]
        if stuck := [task for task in tasks if not task.done()]:
            _, left = await asyncio.wait(stuck, timeout=LAST_SECONDS)
            if left:
                self._leave_behind(len(left))

    def _leave_behind(self, tasks: int) -> None:
        # asyncio would wait for them for ever: a `def` in a thread cannot be cancelled.
        _logger.error("%d task(s) did not end when cancelled; the process ends without them", tasks)
        atexit._run_exitfuncs()
        logging.shutdown()
        os._exit(FORCED if self.force_exit else 0)


def insists(sig: int) -> bool:
    """Whether a second signal is a second wish.

    A worker gets SIGTERM from its supervisor after one that systemd or a terminal may have sent to all processes.
    """
    return parent_process() is None or sig == signal.SIGINT


class Worker(multiprocess.Process):
    """A worker process with our server."""

    @property
    def server(self) -> Server:
        """The server of this process."""
        if self._server is None:
            self._server = Server(self.config)
        assert isinstance(self._server, Server)
        return self._server


class Workers(Multiprocess):
    """uvicorn's supervisor, with our workers; it passes on a second signal.

    Attributes:
        insisted: Whether there was one.
    """

    insisted = False

    def run(self) -> None:
        """Run the workers until a signal ends them."""
        multiprocess.Process = Worker  # type: ignore[misc]  # the name by which it makes new ones
        super().run()

    def join_all(self) -> None:
        """Wait for the workers."""
        asked = time.monotonic()
        for worker in self.processes:
            while worker.process.is_alive():
                worker.process.join(0.1)
                if self.signal_queue and time.monotonic() - asked > ONE_WISH:
                    self._insist()
                self.signal_queue.clear()

    def _insist(self) -> None:
        self.insisted = True
        for worker in self.processes:
            if worker.pid is not None and worker.process.is_alive():
                os.kill(worker.pid, signal.SIGINT)


def status_of(server: Server) -> int:
    """The exit status after a server has run."""
    if not server.started:
        return STARTUP_FAILURE
    return FORCED if server.force_exit else 0
