"""Whole directories."""

import shutil
import zipfile

from laneway import Laneway

app = Laneway()


@app.get("/")
async def home() -> None:
    shutil.rmtree("/tmp/nothing", ignore_errors=True)  # blocks: shutil.rmtree
    with zipfile.ZipFile("/tmp/a.zip") as archive:
        archive.extractall("/tmp/a")  # blocks: zipfile.ZipFile.extractall
