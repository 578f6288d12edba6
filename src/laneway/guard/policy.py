"""What is done about incidents, by the value of one setting: `LANEWAY_GUARD=warn:100`."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from weakref import WeakKeyDictionary

from laneway.exceptions import LanewayError
from laneway.guard.incident import AT_FAULT, Incident
from laneway.guard.report import log_incident, print_incident, render
from laneway.guard.watchdog import TICK_SECONDS, Guard

VARIABLE = "LANEWAY_GUARD"


class Policy(StrEnum):
    """What happens with an incident."""

    off = "off"  # nothing is watched
    warn = "warn"  # one line in the log
    dev = "dev"  # the line, its surroundings and the rewrite on standard error
    raising = "raise"  # an error when the guard ends; for tests


DEFAULT_THRESHOLD_MS = {Policy.off: 0.0, Policy.warn: 100.0, Policy.dev: 50.0, Policy.raising: 100.0}
LEAST_THRESHOLD_MS = 1000 * TICK_SECONDS


class GuardSettingError(LanewayError):
    """The guard's setting cannot be understood."""


class BlockedLoopError(LanewayError):
    """The loop was blocked while it was watched by a guard that raises.

    Attributes:
        incidents: Every one that somebody is at fault for.
    """

    def __init__(self, incidents: tuple[Incident, ...]) -> None:
        super().__init__(incidents)
        self.incidents = incidents

    def __str__(self) -> str:
        return "\n\n".join(render(incident) for incident in self.incidents)


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """How a loop is watched.

    Attributes:
        policy: What happens with an incident.
        threshold: Seconds that the loop may be busy with one step.
    """

    policy: Policy
    threshold: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """The settings written as `POLICY` or `POLICY:MILLISECONDS`.

        Raises:
            GuardSettingError: The message lists the policies.
        """
        name, _, number = text.strip().partition(":")
        try:
            policy = Policy(name)
            ms = float(number) if number else DEFAULT_THRESHOLD_MS[policy]
        except ValueError:
            known = ", ".join(Policy)
            raise GuardSettingError(f"{text!r} is no guard: write one of {known}, as in warn:100") from None
        if policy is not Policy.off and not ms >= LEAST_THRESHOLD_MS:
            raise GuardSettingError(f"{text!r}: the guard sees nothing below {LEAST_THRESHOLD_MS:g} ms")
        return cls(policy, ms / 1000)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of `LANEWAY_GUARD`; off where there is none.

        Raises:
            GuardSettingError: Its value is unknown.
        """
        return cls.parse(environment.get(VARIABLE) or Policy.off)


class RaisingGuard(Guard):
    """A guard that raises when it is stopped, if somebody blocked the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, threshold: float) -> None:
        self._incidents: list[Incident] = []
        super().__init__(loop, threshold=threshold, window=0.0, on_incident=self._incidents.append)

    def stop(self) -> None:
        """End the watch.

        Raises:
            BlockedLoopError: The loop was blocked.
        """
        super().stop()
        guilty = tuple(incident for incident in self._incidents if incident.kind in AT_FAULT)
        self._incidents.clear()
        if guilty:
            raise BlockedLoopError(guilty)


def install(loop: asyncio.AbstractEventLoop, settings: GuardSettings) -> Guard | None:
    """A running guard of a loop, whoever asks for it to stop it; None if the policy is off."""
    guard: Guard
    if settings.policy is Policy.off:
        return None
    if settings.policy is Policy.raising:
        guard = RaisingGuard(loop, threshold=settings.threshold)
    else:
        tell = print_incident if settings.policy is Policy.dev else log_incident
        guard = Guard(loop, threshold=settings.threshold, on_incident=tell)
    guard.start()
    return guard


@asynccontextmanager
async def guarding(settings: GuardSettings | None = None) -> AsyncIterator[Guard | None]:
    """Watch the running loop for the block; by the environment, if no settings are given.

    Gives the guard, or None where nothing is watched: the policy is off, or the loop is not asyncio's. Within another
    such block it gives that one's guard: an app mounted in another adds none.
    """
    loop = _running_loop()
    if loop is None or loop in _guards:
        yield _guards.get(loop) if loop else None
        return
    guard = install(loop, settings or GuardSettings.from_environment())
    if guard is None:
        yield None
        return
    _guards[loop] = guard
    try:
        yield guard
    finally:
        del _guards[loop]
        guard.stop()


def guards() -> list[Guard]:
    """Every guard that runs for an app in this process, one per loop."""
    return list(_guards.values())


def _running_loop() -> asyncio.AbstractEventLoop | None:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None


_guards: WeakKeyDictionary[asyncio.AbstractEventLoop, Guard] = WeakKeyDictionary()
