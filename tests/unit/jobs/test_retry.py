"""When a failed attempt is followed by another one."""

import pytest

from laneway.jobs import Retry


def test_waits_grow_up_to_a_limit() -> None:
    retry = Retry(first=1.0, factor=3.0, most=10.0, jitter=0.0)

    assert [retry.wait(failures) for failures in (1, 2, 3, 4)] == [1.0, 3.0, 9.0, 10.0]


def test_jitter_only_lengthens_a_wait() -> None:
    retry = Retry(first=1.0, jitter=0.5)
    waits = [retry.wait(1) for _ in range(100)]

    assert 1.0 <= min(waits) < max(waits) <= 1.5


def test_the_last_attempt_is_the_last() -> None:
    retry = Retry(attempts=2)

    assert retry.helps(OSError(), 1)
    assert not retry.helps(OSError(), 2)


def test_other_errors_are_not_retried() -> None:
    assert not Retry(on=(OSError,)).helps(ValueError(), 1)


@pytest.mark.parametrize(
    "options", [{"attempts": 0}, {"first": -1.0}, {"factor": 0.5}, {"most": -1.0}, {"jitter": -1.0}]
)
def test_what_makes_no_sense_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"attempt|waits"):
        Retry(**options)  # type: ignore[arg-type]
