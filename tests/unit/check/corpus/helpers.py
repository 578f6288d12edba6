"""Helpers in a module of their own."""

import time


def fetch_rates() -> int:
    time.sleep(1)  # blocks: time.sleep
    return 1


def convert(amount: int) -> int:
    return amount * fetch_rates()
