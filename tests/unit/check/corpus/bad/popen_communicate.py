"""A process started and waited for in two lines."""

# ruff: noqa: ASYNC220

import subprocess

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> bytes:
    process = subprocess.Popen(["true"], stdout=subprocess.PIPE)  # advice: subprocess.Popen
    return process.communicate()[0]  # blocks: subprocess.Popen.communicate
