"""Which incidents somebody is at fault for."""

import pytest

from laneway.guard.incident import Incident, Kind


@pytest.mark.parametrize("kind", [Kind.wait, Kind.cpu, Kind.gil_held])
def test_a_call_that_kept_the_loop_is_at_fault(kind: Kind) -> None:
    assert Incident(kind, 200).is_at_fault


@pytest.mark.parametrize("kind", [Kind.importing, Kind.saturated, Kind.starved, Kind.paused])
def test_what_no_line_could_have_avoided_is_not(kind: Kind) -> None:
    assert not Incident(kind, 200).is_at_fault


def test_a_line_that_ran_when_garbage_was_collected_is_not() -> None:
    assert not Incident(Kind.gil_held, 200, callee="json.dumps", full_gc=1).is_at_fault


def test_a_line_that_has_asked_for_the_collection_is() -> None:
    assert Incident(Kind.gil_held, 200, callee="gc.collect", full_gc=1).is_at_fault


def test_a_wait_is_at_fault_whether_garbage_was_collected_or_not() -> None:
    assert Incident(Kind.wait, 200, callee="time.sleep", full_gc=1).is_at_fault
