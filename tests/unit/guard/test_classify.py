from types import CodeType

import pytest

from laneway.guard.beats import Beat, Elapsed, State
from laneway.guard.classify import in_debugger, judge
from laneway.guard.incident import Kind
from laneway.guard.spots import Spot

TICK = 0.025
THRESHOLD = 0.1


def elapsed(
    *,
    late: float = 0.0,
    process: float = 0.0,
    loop: float = 0.0,
    loop_delay: float = 0.0,
    slices: int | None = 0,
    own_delay: float = 0.0,
    shared: bool = False,
) -> Elapsed:
    return Elapsed(TICK + late, late, shared, process, loop, loop_delay, slices, own_delay)


def beats(*steps: tuple[object, State], seconds: float = TICK) -> list[Beat]:
    """One look per step, a tick apart; the first one covers no time, as the question was just asked."""
    return [
        Beat(TICK * number, seconds if number else 0.0, elapsed(), step, None, (), state)
        for number, (step, state) in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("clocks", "state"),
    [
        (elapsed(), State.wait),
        (elapsed(process=TICK, loop=TICK), State.cpu),
        (elapsed(process=0.2, loop=0.2, late=0.18), State.gil_held),
        (elapsed(process=0.2, loop=0.2, late=0.18, shared=True), State.cpu),
        (elapsed(late=0.5), State.paused),
        (elapsed(process=0.5, loop=0.01, late=0.5), State.starved),
        (elapsed(process=TICK, slices=5), State.starved),
        (elapsed(process=TICK, slices=0), State.wait),
        (elapsed(process=TICK, slices=None), State.starved),
        (elapsed(loop_delay=TICK), State.starved),
    ],
    ids=[
        "sleeping",
        "computing",
        "keeping the interpreter",
        "giving the interpreter away now and then",
        "stopped process",
        "other threads keep the interpreter",
        "waiting for the interpreter",
        "sleeping while others compute",
        "others compute and nothing is known",
        "waiting for a CPU",
    ],
)
def test_the_clocks_tell_what_a_step_does(clocks: Elapsed, state: State) -> None:
    """Four clocks and the scheduler's statistics, in their combinations."""
    assert clocks.state(running=True, same_step=True) is state


def test_a_loop_that_waits_for_a_thread_to_begin_is_starved_by_those_that_compute() -> None:
    """The new thread needs the interpreter, too."""
    clocks = elapsed(process=TICK)

    assert clocks.state(running=True, same_step=True, starts_thread=True) is State.starved


def test_time_without_a_cpu_is_not_charged_to_a_step() -> None:
    """60 ms of work are no block of 100 ms because the machine is crowded."""
    crowded = [
        Beat(at, 0.03, elapsed(process=0.015, loop=0.015, loop_delay=0.015), "a", None, (), State.cpu)
        for at in (0.0, 0.03, 0.06, 0.09)
    ]

    assert judge(crowded, 0.12, THRESHOLD).beats == ()


def test_a_watchdog_without_a_cpu_knows_nothing_of_a_new_step() -> None:
    """What it sees afterwards need not be what ran before."""
    crowded = elapsed(late=0.2, process=0.2, loop=0.2, own_delay=0.2)

    assert crowded.state(running=True, same_step=False) is State.starved


def test_a_watchdog_without_a_cpu_knows_of_a_step_that_it_has_seen_before() -> None:
    crowded = elapsed(late=0.2, process=0.2, loop=0.2, own_delay=0.2)

    assert crowded.state(running=True, same_step=True) is State.cpu


def test_many_steps_may_run_while_the_watchdog_waits_for_its_turn() -> None:
    """The interpreter changed hands: the step seen at last did not keep it all the time."""
    shared = elapsed(late=0.2, process=0.2, loop=0.2, shared=True)

    assert shared.state(running=True, same_step=False) is State.unseen


def test_a_step_that_waits_all_the_time_is_to_blame() -> None:
    verdict = judge(beats(*[("a", State.wait)] * 6), 0.125, THRESHOLD)

    assert (verdict.kind, len(verdict.beats)) == (Kind.wait, 6)


def test_many_steps_are_saturation() -> None:
    """Nobody has had most of the time."""
    verdict = judge(beats(*[(name, State.cpu) for name in "abcdefgh"]), 0.175, THRESHOLD)

    assert (verdict.kind, verdict.beats) == (Kind.saturated, ())


def test_a_single_look_is_no_proof() -> None:
    """Many short steps between two looks must not all be charged to the one that was seen."""
    verdict = judge(beats(("a", State.cpu), ("b", State.cpu), seconds=0.1), 0.1, THRESHOLD)

    assert verdict.kind is Kind.saturated


def test_a_single_look_proves_who_kept_the_interpreter() -> None:
    """There can be no other look meanwhile."""
    held = Beat(0.2, 0.2, elapsed(late=0.2), "a", None, (spot(),), State.gil_held)

    assert judge([held], 0.2, THRESHOLD).kind is Kind.gil_held


def test_who_only_begins_when_the_interpreter_is_free_again_is_not_to_blame() -> None:
    """It is the next one's first instruction that lets the watchdog look."""
    begun = Beat(0.2, 0.2, elapsed(late=0.2), "a", None, (spot(at=resume()),), State.gil_held)
    verdict = judge([begun], 0.2, THRESHOLD)

    assert (verdict.kind, verdict.beats) == (Kind.gil_held, ())


def test_a_block_among_many_steps_is_found() -> None:
    """It has lasted for the threshold by itself."""
    crowd = [(name, State.cpu) for name in "bcdef"]
    verdict = judge(beats(*crowd, *[("a", State.wait)] * 6, *crowd), 0.4, THRESHOLD)

    assert {beat.step for beat in verdict.beats} == {"a"}


def test_starvation_is_told_when_nobody_is_to_blame() -> None:
    verdict = judge(beats(*[("a", State.starved)] * 6), 0.125, THRESHOLD)

    assert (verdict.kind, verdict.beats) == (Kind.starved, ())


def test_a_pause_is_told_when_nothing_ran() -> None:
    paused = Beat(0.5, 0.5, elapsed(late=0.5), "a", None, (), State.paused)

    assert judge([paused], 0.5, THRESHOLD).kind is Kind.paused


def test_a_debugger_is_recognised_by_its_frames() -> None:
    code = compile("pass", "/usr/lib/python3/bdb.py", "exec")

    assert in_debugger([Beat(0, 0, elapsed(), "a", None, (Spot(code, 0, "bdb"),), State.wait)])


def sample() -> int:
    return sum(range(3))


def spot(at: int | None = None) -> Spot:
    """A frame at its last instruction, or at the given one."""
    code = sample.__code__
    return Spot(code, len(code.co_code) - 2 if at is None else at, __name__)


def resume(code: CodeType = sample.__code__) -> int:
    """Where a function begins."""
    import dis

    return next(one.offset for one in dis.get_instructions(code) if one.opname == "RESUME")
