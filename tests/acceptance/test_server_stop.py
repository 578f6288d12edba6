"""Stopping `laneway run`: what runs is finished, streams end in good order, and nothing keeps the process."""

import os
import signal
import time
from pathlib import Path

import pytest

from .server_process import ServerProcess, running, wait_until, was_reset
from .ways.wire import BrokenReplyError, Line, get

QUICK = 6.0  # seconds in which a server without much to finish has ended, on a busy machine
REFUSED = ("Traceback", "ERROR", "Exception")


def begin(server: ServerProcess, target: str, version: str = "1.1") -> Line:
    """A connection with a request that the endpoint has begun to serve."""
    line = server.connect()
    line.send(get(target, version=version).raw)
    if "slow" in target or "stubborn" in target:
        server.wait_for("slow begins")
    else:
        while b"\r\n\r\n" not in line._read:
            line._read += line._more()
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("target", ["/slow?seconds=1", "/slow-def?seconds=1"])
def test_a_request_that_runs_is_answered(tmp_path: Path, number: signal.Signals, target: str) -> None:
    """Its connection is closed afterwards, the status is 0, and nothing sounds like a failure."""
    with running(tmp_path) as server, begin(server, target) as line:
        server.stop(number)
        reply = line.reply()

        assert (reply.status, reply.body) == (200, b'"done"')
        assert reply.values("connection") == ["close"]
        assert line.rest() == b""
        assert server.status() == 0
        assert not [word for word in REFUSED if word in server.said], server.said


def test_a_stream_of_events_ends_in_good_order(tmp_path: Path) -> None:
    """With the chunk that says so: the client knows that it has all there is."""
    with running(tmp_path) as server, begin(server, "/events") as line:
        server.stop()
        reply = line.reply()

        assert reply.raw.endswith(b"\r\n0\r\n\r\n")
        assert server.status(QUICK) == 0
        assert not [word for word in REFUSED if word in server.said], server.said


def test_a_download_is_finished_before_the_end(tmp_path: Path) -> None:
    """It takes a second, which is less than the server waits."""
    with running(tmp_path) as server, begin(server, "/download?parts=20") as line:
        server.stop()

        assert len(line.reply().body) == 20_000
        assert server.status() == 0


def test_a_download_that_takes_too_long_is_visibly_cut(tmp_path: Path) -> None:
    """Without the last chunk, so that nobody takes a part for the whole."""
    with (
        running(tmp_path, "--timeout-graceful-shutdown", "1") as server,
        begin(server, "/download?parts=1000") as line,
    ):
        server.stop()

        with pytest.raises((BrokenReplyError, ConnectionResetError)):
            line.reply()
        assert server.status(QUICK) == 0
        assert "Traceback" not in server.said


def test_a_download_without_a_length_is_reset(tmp_path: Path) -> None:
    """In HTTP/1.0 the end of the connection is that of the body, so it must not simply end."""
    with (
        running(tmp_path, "--timeout-graceful-shutdown", "1") as server,
        begin(server, "/download?parts=1000", "1.0") as line,
    ):
        server.stop()

        assert was_reset(line)


def test_what_a_slow_client_has_not_taken_is_not_cut_short_unseen(tmp_path: Path) -> None:
    """The response is complete, but not at the client when the time is up."""
    with (
        running(tmp_path, "--timeout-graceful-shutdown", "1") as server,
        begin(server, "/large?size=33554432", "1.0") as line,
    ):
        server.stop()
        server.status(QUICK)

        assert was_reset(line)


@pytest.mark.parametrize("asked", [True, False])
def test_an_idle_connection_is_closed_at_once(tmp_path: Path, asked: bool) -> None:
    """It keeps nobody waiting."""
    with running(tmp_path) as server, server.connect() as line:
        if asked:
            line.send(get("/fast").raw)
            line.reply()
        else:
            server.ask("/fast")  # after which the other has arrived as well
        began = time.monotonic()
        server.stop()

        assert line.rest() == b""
        assert server.status(QUICK) == 0
        assert time.monotonic() - began < QUICK


def test_a_request_that_is_arriving_is_answered(tmp_path: Path) -> None:
    """Half of its body has come when the server is told to stop."""
    with running(tmp_path) as server, server.connect() as line:
        line.send(b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345")
        server.ask("/fast")
        server.stop()
        server.wait_for("Shutting down")
        line.send(b"67890")

        assert line.reply().body == b"10"
        assert server.status() == 0


@pytest.mark.parametrize("target", ["/slow?seconds=60", "/slow-def?seconds=60"])
def test_a_request_over_its_time_is_cut_off(tmp_path: Path, target: str) -> None:
    """The client gets no answer, the process ends, and the log says how many were cancelled."""
    with running(tmp_path, "--timeout-graceful-shutdown", "1") as server, begin(server, target) as line:
        server.stop()

        assert line.rest() == b""
        assert server.status(QUICK) == 0
        assert "Cancel 1 running task(s), timeout graceful shutdown exceeded" in server.said
        assert "Traceback" not in server.said


@pytest.mark.parametrize(
    ("first", "second", "workers"),
    [("SIGTERM", "SIGTERM", "1"), ("SIGINT", "SIGINT", "1"), ("SIGTERM", "SIGTERM", "2")],
)
def test_a_second_signal_ends_it_at_once(tmp_path: Path, first: str, second: str, workers: str) -> None:
    """Whoever insists does not wait for a minute."""
    with (
        running(tmp_path, "--timeout-graceful-shutdown", "60", "--workers", workers) as server,
        begin(server, "/slow?seconds=60") as line,
    ):
        server.stop(signal.Signals[first])
        server.wait_for("Shutting down")
        time.sleep(1.2)  # two signals close to each other are one wish
        server.stop(signal.Signals[second])

        assert line.rest() == b""
        assert server.status(QUICK) == 1
        assert "Traceback" not in server.said


def test_two_signals_at_the_same_time_are_one_wish(tmp_path: Path) -> None:
    """A supervisor may signal the process and its group."""
    with running(tmp_path) as server, begin(server, "/slow?seconds=1") as line:
        server.stop()
        server.stop()

        assert line.reply().status == 200
        assert server.status() == 0


def test_all_processes_may_be_told_at_once(tmp_path: Path) -> None:
    """Systemd signals the workers as well as their supervisor; that is no second wish."""
    with running(tmp_path, "--workers", "2") as server, begin(server, "/slow?seconds=2") as line:
        os.killpg(server.process.pid, signal.SIGTERM)

        assert line.reply().status == 200
        assert server.status() == 0


def test_code_that_heeds_no_cancellation_cannot_keep_a_process_that_is_told_twice(tmp_path: Path) -> None:
    """It catches CancelledError and goes on."""
    with running(tmp_path, "--timeout-graceful-shutdown", "60") as server, begin(server, "/stubborn"):
        server.stop()
        server.wait_for("Shutting down")
        time.sleep(0.7)
        server.stop()

        assert server.status(QUICK) == 1


def test_workers_finish_what_runs(tmp_path: Path) -> None:
    """Each its own."""
    with running(tmp_path, "--workers", "2") as server, begin(server, "/slow?seconds=1") as line:
        server.stop()

        assert line.reply().status == 200
        assert server.status() == 0


def pids(server: ServerProcess, others_than: set[int]) -> set[int]:
    """The processes of two workers that answer."""
    seen: set[int] = set()

    def two_answer() -> bool:
        seen.add(int(server.ask("/pid").body))
        return len(seen - others_than) == 2

    assert wait_until(two_answer, 20), f"answered by {seen}"
    return seen - others_than


def test_a_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """Others go on meanwhile."""
    with running(tmp_path, "--workers", "2") as server:
        before = pids(server, set())
        killed = before.pop()
        os.kill(killed, signal.SIGKILL)

        assert pids(server, {killed}) > before


def test_workers_are_replaced_one_after_the_other(tmp_path: Path) -> None:
    """By SIGHUP; nobody who asks meanwhile is refused."""
    with running(tmp_path, "--workers", "2") as server:
        before = pids(server, set())
        server.stop(signal.SIGHUP)

        pids(server, before)
        server.stop()
        assert server.status() == 0
