"""The type of an injected object, told by what its function promises."""

import time
from typing import Annotated

from laneway import Depends, Laneway

app = Laneway()
shared: dict[str, object] = {}


class Repo:
    def load(self) -> None:
        time.sleep(1)  # blocks: time.sleep


def get_repo() -> Repo:
    return shared["repo"]


@app.get("/")
async def home(repo: Annotated[object, Depends(get_repo)]) -> None:
    repo.load()
