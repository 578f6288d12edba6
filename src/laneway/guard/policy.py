"""What is done about incidents, by two settings: `LANEWAY_GUARD=warn:100` and `LANEWAY_QUARANTINE=safe`."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from weakref import WeakKeyDictionary

from laneway.exceptions import LanewayError
from laneway.guard.quarantine import Quarantine, Quarantined
from laneway.guard.raising import RaisingGuard
from laneway.guard.report import log_incident, print_incident
from laneway.guard.watchdog import TICK_SECONDS, Guard

VARIABLE = "LANEWAY_GUARD"
QUARANTINE_VARIABLE = "LANEWAY_QUARANTINE"


class Policy(StrEnum):
    """What happens with an incident."""

    off = "off"  # nothing is watched
    warn = "warn"  # one line in the log
    dev = "dev"  # the line, its surroundings and the rewrite on standard error
    raising = "raise"  # an error in the reply, or when the guard ends; for tests


class QuarantineMode(StrEnum):
    """Whether endpoints that block are moved off the loop."""

    off = "off"  # they stay
    safe = "safe"  # those that never await and need nothing of the loop go to the thread lane


DEFAULT_THRESHOLD_MS = {Policy.off: 0.0, Policy.warn: 100.0, Policy.dev: 50.0, Policy.raising: 100.0}
LEAST_THRESHOLD_MS = 1000 * TICK_SECONDS


class GuardSettingError(LanewayError):
    """The guard's setting cannot be understood."""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """How a loop is watched.

    Attributes:
        policy: What happens with an incident.
        threshold: Seconds that the loop may be busy with one step.
        quarantine: Whether endpoints that block it again and again are moved.
    """

    policy: Policy
    threshold: float
    quarantine: QuarantineMode = QuarantineMode.off

    @classmethod
    def parse(cls, text: str, quarantine: str = QuarantineMode.off) -> Self:
        """The settings written as `POLICY` or `POLICY:MILLISECONDS`, and `off` or `safe`.

        Raises:
            GuardSettingError: The message lists what there is.
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
        return cls(policy, ms / 1000, _quarantine(quarantine, policy))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of `LANEWAY_GUARD` and `LANEWAY_QUARANTINE`; off where there is none.

        Raises:
            GuardSettingError: A value is unknown, or there is a quarantine without a guard.
        """
        quarantine = environment.get(QUARANTINE_VARIABLE) or QuarantineMode.off
        return cls.parse(environment.get(VARIABLE) or Policy.off, quarantine)


def _quarantine(text: str, policy: Policy) -> QuarantineMode:
    try:
        mode = QuarantineMode(text.strip())
    except ValueError:
        known = ", ".join(QuarantineMode)
        raise GuardSettingError(f"{text!r} is no quarantine: write one of {known}") from None
    if mode is not QuarantineMode.off and policy is Policy.off:
        raise GuardSettingError(f"quarantine {text!r} needs a guard that watches: {VARIABLE}=warn")
    return mode


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
    if settings.quarantine is QuarantineMode.safe:
        guard.quarantine = Quarantine(loop)
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


def quarantined() -> list[Quarantined]:
    """The routes of this process whose endpoints were moved off the event loop."""
    return [one for guard in guards() if guard.quarantine for one in guard.quarantine.routes()]


def release(route: str) -> bool:
    """Let a route's endpoint run on the event loop again, until this process ends; whether it was in quarantine.

    Args:
        route: As it is listed, `GET /report`.
    """
    released = [guard.quarantine.release(route) for guard in guards() if guard.quarantine]
    return any(released)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None


_guards: WeakKeyDictionary[asyncio.AbstractEventLoop, Guard] = WeakKeyDictionary()
