"""Parcels that seem to be lost, until a second look confirms it."""

from collections.abc import Collection

from laneway.jobs.records import Parcel

CONFIRMED_SECONDS = 4.0  # between the look that raises a suspicion and the one that confirms it
FORGOTTEN_SECONDS = 600.0  # after which a suspicion that nobody looked at again is dropped


class Suspects:
    """Since when which parcel has seemed to be lost."""

    def __init__(self) -> None:
        self._since: dict[Parcel, float] = {}

    def confirmed(self, asked: Collection[Parcel], found: Collection[Parcel], now: float) -> list[Parcel]:
        """Those that seemed to be lost some seconds ago and still do.

        Args:
            asked: What was looked for.
            found: What of that seems to be lost.
            now: Monotonic seconds.
        """
        for parcel in asked:
            if parcel not in found:
                self._since.pop(parcel, None)
        lost = [parcel for parcel in found if now - self._since.setdefault(parcel, now) >= CONFIRMED_SECONDS]
        for parcel in lost:
            del self._since[parcel]
        return lost

    def forget(self, now: float) -> None:
        """Drop old suspicions, of parcels that were not asked for again: their jobs have ended."""
        self._since = {
            parcel: since for parcel, since in self._since.items() if now - since < FORGOTTEN_SECONDS
        }
