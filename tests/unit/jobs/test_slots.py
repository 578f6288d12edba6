"""Which worker is which, by locks that the kernel lets go of."""

import subprocess
import sys
from pathlib import Path

from laneway.jobs.sqlite.slots import Slots

HOLD = """
import sys
from pathlib import Path
from laneway.jobs.sqlite.slots import Slots
print(Slots(Path(sys.argv[1])).take().name, flush=True)
sys.stdin.read()
"""


def test_workers_take_the_lowest_free_slot(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "jobs.db")
    with slots.take() as first, slots.take() as second:
        assert (first.name, second.name) == ("slot-0", "slot-1")

    with slots.take() as again:
        assert again.name == "slot-0"


def test_the_slots_of_others_are_known(tmp_path: Path) -> None:
    slots = Slots(tmp_path / "jobs.db")
    with slots.take(), slots.take() as own, slots.take():
        assert slots.others(own) == [0, 2]
        assert slots.others(None) == [0, 1, 2]


def test_a_slot_of_a_living_process_cannot_be_taken_and_that_of_a_dead_one_can(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "slot-0\n"
        alive = Slots(path).try_one(0)
        holder.kill()
        holder.wait()
        dead = Slots(path).try_one(0)

    assert alive is None
    assert dead is not None
    dead.free()
