"""What runs in the processes of a process lane: one fork server, and the workers that it forks.

This file is a program, run by path with the interpreter of the server and using the standard library alone, so that a
worker holds what the lane preloads and nothing else. The lane imports it only for the format of the messages.

A fork server of our own rather than multiprocessing's: that one is a single process for the whole server (whoever
starts first decides what is preloaded), runs the user's `__main__` again in every worker, leaves a resource tracker
behind, and its children cannot be told apart from those of other users of multiprocessing.

Between lane and fork server, over one socket pair:
    lane -> fork server: one message with the setup, then COMMANDs: SPAWN (with the worker's socket), KILL
    fork server -> lane: one message with what the preload met, then EVENTs: STARTED, EXITED
Between lane and worker, over one socket pair each: one request message, one reply message, and so on.
A message is HEADER (length, flags) and that many bytes of pickle. The end of a socket ends its reader.
"""

import faulthandler
import gc
import importlib
import io
import os
import pickle
import select
import signal
import socket
import struct
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

HEADER = struct.Struct("<QB")  # length of the pickle in bytes, flags
FAILED = 1  # flag of a reply: it describes an exception
RETIRE = 2  # flag of a reply: the worker holds more memory than it may

COMMAND = struct.Struct("<BI")  # what, number of the worker
SPAWN, KILL = 1, 2
EVENT = struct.Struct("<BIi")  # what, number of the worker, pid or exit code
STARTED, EXITED = 1, 2

READ_BYTES = 64 * 1024
NO_FORK = 255  # exit code of a worker that could not be forked
LEAVE_SECONDS = 0.5  # how long workers may take to leave once the lane is gone; then they are killed
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Reply = tuple[int, bytes]  # flags, pickle
# An exception as it travels: its pickle if it has one, name of its class, message, traceback. Without a name, the call
# or its result could not be pickled.
Failure = tuple[bytes | None, str, str, str]


def read_message(channel: socket.socket) -> memoryview | None:
    """The pickle of the next message from a blocking socket; None at its end.

    A message is read only after the one before was answered, so nothing follows it.
    """
    data = channel.recv(READ_BYTES)
    while data and len(data) < HEADER.size:
        more = channel.recv(READ_BYTES)
        data = data + more if more else b""
    if not data:
        return None
    length, _ = HEADER.unpack_from(data)
    body = memoryview(data)[
        HEADER.size :
    ]  # PERF: small messages come in one piece, with one call of the kernel
    return body if len(body) == length else _read_rest(channel, body, length)


def _read_rest(channel: socket.socket, begun: memoryview, length: int) -> memoryview | None:
    body, filled = memoryview(bytearray(length)), len(begun)
    body[:filled] = begun
    while filled < length:
        count = channel.recv_into(body[filled:])
        if not count:
            return None
        filled += count
    return body


def send_message(channel: socket.socket, flags: int, body: bytes) -> None:
    """Send one message to a blocking socket."""
    head = HEADER.pack(len(body), flags)
    if len(body) < READ_BYTES:  # PERF: one call of the kernel; a large body is not copied
        channel.sendall(head + body)
    else:
        channel.sendall(head)
        channel.sendall(body)


# --- The worker ---------------------------------------------------------------------------------------------------


def work(channel: socket.socket, max_rss: int | None) -> None:
    """Answer calls until the lane closes its end of `channel`."""
    too_large = _memory_check(max_rss)
    with suppress(ConnectionError):
        while (request := read_message(channel)) is not None:
            flags, body = run(request)
            del request  # arguments may be large, and the next call may be far away
            send_message(channel, flags | (RETIRE if too_large() else 0), body)


def run(request: bytes | memoryview) -> Reply:
    """Call the function that a request names and return the reply, whatever happens."""
    try:
        function, args, kwargs = pickle.loads(request)  # noqa: S301 - the lane's
    except BaseException as error:  # noqa: BLE001 - importing the function's module may raise anything
        text = f"it cannot be rebuilt there: {_text(error)}{_MAIN_HINT if '__main__' in _text(error) else ''}"
        return FAILED, _pickle_failure((None, "", text, traceback.format_exc()))
    try:
        result = function(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - sys.exit() and the like must not end the worker
        return FAILED, _failure(error)
    try:
        return 0, pickle.dumps(result, 5)
    except Exception as error:  # noqa: BLE001 - a __reduce__ may raise anything
        text = f"its result, {_short(result)}, cannot be pickled: {_text(error)}; return plain data"
        return FAILED, _pickle_failure((None, "", text, traceback.format_exc()))


_MAIN_HINT = "; what the program's main file defines is unknown in other processes, move it to a module"


def _failure(error: BaseException) -> bytes:
    """The pickle of an exception, without this file's frame."""
    error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
    trace = "".join(traceback.format_exception(error))
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return _pickle_failure((_pickled_exception(error), kind, _text(error), trace))


def _pickle_failure(failure: Failure) -> bytes:
    return pickle.dumps(failure, 5)


def _pickled_exception(error: BaseException) -> bytes | None:
    """The pickle of an exception that the lane can raise; None if it must travel as text.

    Some pickle but cannot be rebuilt (an `__init__` with keywords of its own), some would end the server or a
    coroutine.
    """
    if not isinstance(error, Exception) or isinstance(error, StopIteration | StopAsyncIteration):
        return None
    try:
        pickled = pickle.dumps(error, 5)
        return pickled if type(pickle.loads(pickled)) is type(error) else None  # noqa: S301
    except Exception:  # noqa: BLE001 - see above
        return None


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a broken __str__ must not hide the rest
        return "(its message cannot be shown)"


def _short(value: object) -> str:
    return f"a {type(value).__module__}.{type(value).__qualname__}".replace("builtins.", "")


def _memory_check(max_rss: int | None) -> Callable[[], bool]:
    """A function that tells whether this process holds more than `max_rss` bytes in memory."""
    if max_rss is None:
        return lambda: False
    return lambda: _rss() > max_rss


def _rss() -> int:
    """Resident memory of this process in bytes; where there is no /proc, the most it ever had."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:  # noqa: PTH123 - PERF: a third of Path's time
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# --- The fork server ----------------------------------------------------------------------------------------------


def _death_signal() -> Callable[[], None]:
    """A function that makes the kernel kill this process when its parent ends; does nothing outside Linux."""
    if sys.platform != "linux":
        return lambda: None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _ignore(number: int, frame: object) -> None:
    """The server decides when its workers end: Ctrl-C and a stop of the whole service reach it, too."""


def _default_signals() -> None:
    """Give a process that user code forks the usual reaction, or `Process.terminate()` would wait for ever."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


class ForkServer:
    """Forks workers on demand, kills them on demand and reports their ends.

    Args:
        lane: Socket to the lane.
        max_rss: Bytes of memory above which a worker asks to be replaced.
    """

    def __init__(self, lane: socket.socket, max_rss: int | None) -> None:
        self._lane = lane
        self._max_rss = max_rss
        self._numbers: dict[int, int] = {}  # by pid
        self._pids: dict[int, int] = {}  # by number
        self._die_with_parent = _death_signal()
        self._wake, self._woken = socket.socketpair()
        self._poll = (
            select.poll()
        )  # select() takes no descriptor above 1023, and the lane's is as high as in the lane
        self._poll.register(lane, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)

    def serve(self) -> None:
        """Follow the commands of the lane until it is gone, then end all workers."""
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        with suppress(ConnectionError):
            while self._step():
                pass
        self._end_all()

    def _step(self) -> bool:
        """Wait for something and do it; False once the lane is gone."""
        ready = {fd for fd, _ in self._poll.poll()}
        if self._wake.fileno() in ready:
            self._collect_signals()
            self._reap()
        return self._lane.fileno() not in ready or self._obey()

    def _collect_signals(self) -> None:
        with suppress(BlockingIOError):
            self._wake.recv(4096)

    def _obey(self) -> bool:
        command, fds, _, _ = socket.recv_fds(self._lane, COMMAND.size, 1)
        if len(command) < COMMAND.size:
            return False
        what, number = COMMAND.unpack(command)
        if what == SPAWN:
            self._spawn(number, fds[0])
        elif number in self._pids:
            kill_group(self._pids[number])
        return True

    def _spawn(self, number: int, fd: int) -> None:
        try:
            pid = _fork()
        except OSError:  # no memory, or too many processes
            os.close(fd)
            self._tell(EXITED, number, NO_FORK)
            return
        if pid == 0:
            self._become_worker(fd)
        os.close(fd)
        with suppress(OSError):  # also done by the worker: whoever comes first
            os.setpgid(pid, pid)
        self._numbers[pid], self._pids[number] = number, pid
        self._tell(STARTED, number, pid)

    def _become_worker(self, fd: int) -> NoReturn:
        """Turn this fresh child into a worker and never return to the loop of the fork server."""
        code = 1
        try:
            self._leave_server()
            os.set_inheritable(fd, False)
            with socket.socket(fileno=fd) as channel:
                work(channel, self._max_rss)
            code = 0
        except BaseException:  # noqa: BLE001 - nothing above may run in the child
            traceback.print_exc()
        finally:
            # Exit handlers belong to the fork server, where preloaded modules registered them once for all.
            with suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _leave_server(self) -> None:
        server = os.getppid()
        self._die_with_parent()
        if os.getppid() != server:  # it ended before the line above
            os._exit(1)
        with suppress(OSError):
            os.setpgid(0, 0)  # what user code starts is killed with its worker
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.register_at_fork(after_in_child=_default_signals)
        for channel in (self._lane, self._wake, self._woken):
            channel.close()
        gc.enable()
        _reseed()

    def _reap(self) -> None:
        """Collect the children that ended, and kill what they left behind in their groups."""
        while self._numbers:
            pid = _ended_child()
            if pid in self._numbers:
                kill_group(pid)  # before the pid can be given to another process
            pid, status = os.waitpid(pid, os.WNOHANG) if pid else (0, 0)
            if not pid:
                return
            number = self._numbers.pop(pid, None)
            if number is not None:
                del self._pids[number]
                self._tell(EXITED, number, os.waitstatus_to_exitcode(status))

    def _tell(self, what: int, number: int, value: int) -> None:
        with suppress(ConnectionError):  # the lane is gone, which `_obey` is about to see
            self._lane.sendall(EVENT.pack(what, number, value))

    def _end_all(self) -> None:
        """Idle workers leave when the lane's sockets close; the others are killed."""
        self._poll.unregister(self._lane)
        deadline = time.monotonic() + LEAVE_SECONDS
        while self._numbers and (left := deadline - time.monotonic()) > 0:
            self._poll.poll(left * 1000)
            self._collect_signals()
            self._reap()
        for pid in list(self._numbers):
            kill_group(pid)
        for pid in list(self._numbers):
            os.waitpid(pid, 0)
        signal.set_wakeup_fd(-1)
        self._wake.close()
        self._woken.close()


def _fork() -> int:
    with warnings.catch_warnings():
        # Native threads of a preloaded library (a BLAS pool) look after themselves; Python threads were reported.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _ended_child() -> int:
    """The pid of a child that has ended, still to be collected; 0 if there is none, -1 if that is not known."""
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return -1
    result = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return result.si_pid if result else 0


def kill_group(pid: int) -> None:
    """Kill a worker and the processes that it started."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _reseed() -> None:
    """Give each worker random numbers of its own; the standard library does so itself, numpy does not."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()


# --- The program --------------------------------------------------------------------------------------------------


def preload(modules: list[str]) -> tuple[str, list[str]]:
    """Import `modules`; returns the first failure (or nothing) and the names of threads that they started."""
    for name in modules:
        try:
            importlib.import_module(name)
        except BaseException:  # noqa: BLE001 - a module may raise anything, and the lane tells the user
            return f"importing {name} failed:\n{traceback.format_exc()}", []
    return "", [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]


def _enable_faulthandler() -> None:
    """Let a worker that crashes in native code print where; that is the full cause in the log."""
    with suppress(OSError, ValueError, AttributeError, io.UnsupportedOperation):
        faulthandler.enable()


def main(fd: int) -> None:
    """Set this interpreter up as the server it works for, preload, and serve."""
    signal.signal(signal.SIGINT, _ignore)
    signal.signal(signal.SIGTERM, _ignore)
    os.set_inheritable(fd, False)
    with socket.socket(fileno=fd) as lane:
        setup = read_message(lane)
        if setup is not None:
            serve(lane, setup)


def serve(lane: socket.socket, setup: memoryview) -> None:
    """Be the fork server that `setup` describes, until the lane is gone."""
    sys.path[:], sys.argv[:], modules, max_rss = pickle.loads(setup)  # noqa: S301 - the lane's
    _enable_faulthandler()
    server = ForkServer(lane, max_rss)
    report = preload(modules)
    send_message(lane, 0, pickle.dumps(report, 5))
    gc.disable()  # a collection in a worker would copy every page that it touches; see gc.freeze
    gc.freeze()
    server.serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
