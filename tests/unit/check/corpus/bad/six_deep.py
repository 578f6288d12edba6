"""As deep as the scan goes."""

import time

from laneway import Laneway

app = Laneway()


def five() -> None:
    time.sleep(1)  # blocks: time.sleep


def four() -> None:
    five()


def three() -> None:
    four()


def two() -> None:
    three()


def one() -> None:
    two()


@app.get("/")
async def home() -> None:
    one()
