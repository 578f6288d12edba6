"""When a failed attempt is followed by another one."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a job that failed is tried again.

    Attributes:
        attempts: Attempts in all; 1 for no retry. Attempts whose process died are counted by `max_crashes` instead.
        first: Seconds before the second attempt.
        factor: How much longer each further wait is.
        most: Seconds that a wait takes at most.
        on: Exceptions that another attempt may help against. An attempt that takes too long raises `TimeoutError`.
        jitter: Share by which a wait is made longer at random, so that jobs that failed together do not come
            back together.

    Example:
        >>> Retry(attempts=5, first=1.0, factor=2.0, jitter=0.0).wait(3)
        4.0
    """

    attempts: int = 3
    first: float = 1.0
    factor: float = 2.0
    most: float = 300.0
    on: tuple[type[Exception], ...] = (Exception,)
    jitter: float = 0.1

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"a job has at least 1 attempt, not {self.attempts}")
        if self.first < 0 or self.factor < 1 or self.most < 0 or self.jitter < 0:
            raise ValueError("waits of a retry are 0 seconds or more, and their factor is 1 or more")

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failed attempts."""
        wait = min(self.first * self.factor ** (failures - 1), self.most)
        return wait * (1 + self.jitter * random.random())  # noqa: S311  # spreads load, guards nothing

    def helps(self, error: BaseException, failures: int) -> bool:
        """Whether there is another attempt after this error, the `failures`th."""
        return failures < self.attempts and isinstance(error, self.on)


NO_RETRY = Retry(attempts=1)
"""What holds where nothing is declared."""
