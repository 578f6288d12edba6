from typing import Annotated

from laneway import Laneway, Query

app = Laneway()


@app.get("/repeat/{word}")
def repeat(word: str, times: Annotated[int, Query(ge=1, le=5)] = 2) -> list[str]:
    """Say a word several times."""
    return [word] * times
