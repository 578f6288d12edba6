"""Which thread of this process ran while the loop did not."""

import threading

from laneway.guard.clocks import thread_cpu


def cpu_by_thread() -> dict[int, float]:
    """CPU seconds so far, by native id."""
    times = {one.native_id: thread_cpu(one.native_id) for one in threading.enumerate() if one.native_id}
    return {native_id: seconds for native_id, seconds in times.items() if seconds is not None}


def busiest(before: dict[int, float], *, but: int) -> str | None:
    """The name of the thread that used most CPU time since `before`; None if none used any.

    Args:
        before: An earlier `cpu_by_thread()`.
        but: Native id of the loop's thread.
    """
    used = {one: now - before.get(one, 0.0) for one, now in cpu_by_thread().items() if one != but}
    if not used or max(used.values()) <= 0.0:
        return None
    native_id = max(used, key=used.__getitem__)
    return next((one.name for one in threading.enumerate() if one.native_id == native_id), None)
