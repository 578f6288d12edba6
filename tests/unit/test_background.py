"""Work after the reply."""

import threading

from laneway.background import BackgroundTasks


async def test_functions_run_in_the_order_they_were_added() -> None:
    """Of both colours, with their arguments."""
    seen: list[object] = []

    async def on_the_loop(value: str, *, mark: bool) -> None:
        seen.append((value, mark, threading.get_ident() == loop_thread))

    def in_a_thread(value: str) -> None:
        seen.append((value, threading.get_ident() == loop_thread))

    loop_thread = threading.get_ident()
    tasks = BackgroundTasks()
    tasks.add_task(in_a_thread, "first")
    tasks.add_task(on_the_loop, "second", mark=True)
    await tasks()

    assert seen == [("first", False), ("second", True, True)]
