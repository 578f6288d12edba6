"""CPU time and memory as the benchmark reads them."""

import os
import subprocess
import sys
import time

import pytest

from bench.processes import cpu_ns, family, memory_kib

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sys; print(1, flush=True); input()'])"


def test_the_family_of_a_process_has_what_it_started():
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        members = family(process.pid)
        process.communicate(b"\n")

    assert members[0] == process.pid
    assert len(members) == 2


def test_cpu_time_grows_with_work():
    before = cpu_ns(os.getpid())
    deadline = time.process_time() + 0.05
    while time.process_time() < deadline:
        pass

    assert cpu_ns(os.getpid()) - before >= 45_000_000


def test_a_process_that_has_ended_counts_nothing():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert cpu_ns(ended.pid) == 0
    assert memory_kib(ended.pid) == 0


def test_memory_is_that_of_a_python_process():
    assert 5_000 < memory_kib(os.getpid()) < 2_000_000
