from pydantic import BaseModel

from laneway import Laneway

app = Laneway()
BOOKS = ["Walden", "Middlemarch", "Emma"]


class Search(BaseModel):
    words: list[str]
    limit: int = 10


@app.query("/books")
async def search(search: Search) -> list[str]:
    found = [book for book in BOOKS if any(word in book.lower() for word in search.words)]
    return found[: search.limit]
