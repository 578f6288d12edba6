"""Read once per process."""

from functools import lru_cache
from pathlib import Path

from laneway import Laneway

app = Laneway()


@lru_cache
def settings() -> str:
    return Path("settings.json").read_text()


@app.get("/")
async def home() -> str:
    return settings()
