"""Files: harmless if small."""

# ruff: noqa: ASYNC230, PTH123

from pathlib import Path

from laneway import Laneway

app = Laneway()
ROOT = Path("/tmp")


@app.get("/")
async def home(name: str) -> str:
    with open(ROOT / name) as file:  # advice: open
        return file.read()


@app.get("/path")
async def path(name: str) -> str:
    return (ROOT / name).read_text()  # advice: pathlib.Path.read_text
