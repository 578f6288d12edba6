"""Reporting the same incident once a minute."""

from dataclasses import dataclass, replace

from laneway.guard.incident import Incident

MOST_ENTRIES = 1000  # lines that block are few; a loop that makes new ones must not fill the memory


@dataclass(slots=True)
class _Entry:
    reported: float
    held_back: int = 0


class Ledger:
    """Lets an incident through if its like was not reported within `window` seconds; counts those held back."""

    def __init__(self, window: float) -> None:
        self.window = window
        self._entries: dict[tuple[object, ...], _Entry] = {}

    def enter(self, incident: Incident, now: float) -> Incident | None:
        """The incident to report, with its count, or None."""
        entry = self._entries.get(incident.key)
        if entry is None:
            self._make_room(now)
            self._entries[incident.key] = _Entry(now)
            return incident
        if now - entry.reported < self.window:
            entry.held_back += 1
            return None
        count, entry.reported, entry.held_back = entry.held_back + 1, now, 0
        return replace(incident, count=count)

    def _make_room(self, now: float) -> None:
        if len(self._entries) < MOST_ENTRIES:
            return
        fresh = {key: one for key, one in self._entries.items() if now - one.reported < self.window}
        self._entries = fresh if len(fresh) < MOST_ENTRIES else {}
