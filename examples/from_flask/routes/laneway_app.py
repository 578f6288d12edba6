from typing import Literal
from uuid import UUID

from laneway import APIRouter, Depends, Laneway, Request, Response
from laneway.responses import RedirectResponse

app = Laneway()


@app.api_route("/items", methods=["GET", "POST"])
def items(request: Request):
    return {"method": request.method}


@app.put("/items/{item_id:int}")
def replace(item_id: int):
    return {"id": item_id}


@app.get("/items/{item_id:int}")
def read(item_id: int):
    return {"id": item_id}


@app.get("/prices/{price}")
def price(price: float):
    return {"price": price}


@app.get("/keys/{key}")
def key(key: UUID):
    return {"key": key}


@app.get("/words/{word}")
def word(word: str):
    return {"word": word}


@app.get("/words/new")
def new_words():
    return {"words": ["matcha"]}


@app.get("/files/{name:path}")
def file(name: str):
    return {"name": name}


@app.get("/sizes/{size}")
def size(size: Literal["small", "large"]):
    return {"size": size}


@app.get("/teas/")
@app.get("/teas/{number}")
def teas(number: int = 1):
    return {"number": number}


@app.get("/where/{word}")
def where(word: str):
    return {"there": app.url_path_for("word", word=word)}


@app.get("/old")
def old():
    return RedirectResponse(app.url_path_for("word", word="new"), 302)


@app.post("/made", status_code=201)
def made(response: Response):
    response.headers["X-Made"] = "yes"
    return {"id": 7}


count = {"visits": 0}


def count_visits():
    count["visits"] += 1


shop = APIRouter(prefix="/shop", dependencies=[Depends(count_visits)])


@shop.get("/visits")
def visits():
    return count


app.include_router(shop)
basket = APIRouter(prefix="/basket")


@basket.get("")
def get():
    return {"basket": []}


@basket.delete("", status_code=204)
def delete():
    return None


app.include_router(basket)
