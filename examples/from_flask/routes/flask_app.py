from flask import Blueprint, Flask, redirect, request, url_for
from flask.views import MethodView

app = Flask(__name__)


@app.route("/items", methods=["GET", "POST"])
def items():
    return {"method": request.method}


@app.put("/items/<int:item_id>")
def replace(item_id):
    return {"id": item_id}


@app.route("/items/<int:item_id>")
def read(item_id):
    return {"id": item_id}


@app.get("/prices/<float:price>")
def price(price):
    return {"price": price}


@app.get("/keys/<uuid:key>")
def key(key):
    return {"key": str(key)}


@app.get("/words/<word>")
def word(word):
    return {"word": word}


@app.get("/words/new")
def new_words():
    return {"words": ["matcha"]}


@app.get("/files/<path:name>")
def file(name):
    return {"name": name}


@app.get("/sizes/<any(small, large):size>")
def size(size):
    return {"size": size}


@app.get("/teas/")
@app.get("/teas/<int:number>")
def teas(number=1):
    return {"number": number}


@app.get("/where/<word>")
def where(word):
    return {"there": url_for("word", word=word)}


@app.get("/old")
def old():
    return redirect(url_for("word", word="new"))


@app.post("/made")
def made():
    return {"id": 7}, 201, {"X-Made": "yes"}


shop = Blueprint("shop", __name__, url_prefix="/shop")


@shop.before_request
def count_visits():
    shop.visits = getattr(shop, "visits", 0) + 1


@shop.get("/visits")
def visits():
    return {"visits": shop.visits}


app.register_blueprint(shop)


class Basket(MethodView):
    def get(self):
        return {"basket": []}

    def delete(self):
        return "", 204


app.add_url_rule("/basket", view_func=Basket.as_view("basket"))
