"""A command that is waited for."""

# ruff: noqa: ASYNC221

import subprocess

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> int:
    return subprocess.run(["true"], check=False).returncode  # blocks: subprocess.run
