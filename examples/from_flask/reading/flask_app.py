from flask import Flask, abort, jsonify, make_response, request

app = Flask(__name__)


@app.get("/search")
def search():
    text = request.args["q"]
    page = request.args.get("page", 1, type=int)
    tags = request.args.getlist("tag")
    return {"q": text, "page": page, "tags": tags}


@app.post("/form")
def form():
    name = request.form["name"]
    age = request.form.get("age", type=int)
    return {"name": name, "age": age}


@app.post("/json")
def from_json():
    data = request.get_json()
    return {"name": data["name"], "price": data["price"]}


@app.post("/upload")
def upload():
    file = request.files["file"]
    return {"name": file.filename, "size": len(file.read())}


@app.post("/raw")
def raw():
    return {"size": len(request.get_data())}


@app.get("/client")
def client():
    token = request.headers.get("X-Token")
    theme = request.cookies.get("theme", "light")
    return {"token": token, "theme": theme}


@app.get("/request")
def about():
    return {
        "method": request.method,
        "path": request.path,
        "url": request.url,
        "host": request.host,
        "secure": request.is_secure,
        "endpoint": request.endpoint,
    }


@app.get("/theme/<name>")
def theme(name):
    response = make_response({"theme": name})
    response.set_cookie("theme", name)
    return response


@app.get("/text")
def text():
    return "plain", {"Content-Type": "text/plain"}


@app.get("/page")
def page():
    return "<h1>Tea</h1>"


@app.get("/list")
def listed():
    return jsonify([1, 2, 3])


@app.get("/secret")
def secret():
    abort(403)


@app.get("/missing")
def missing():
    abort(404, "There is no such tea.")


class TeaError(Exception):
    pass


@app.get("/cold")
def cold():
    raise TeaError("The tea is cold.")


@app.errorhandler(TeaError)
def handle_tea(error):
    return {"error": str(error)}, 409


@app.errorhandler(404)
def not_found(error):
    return {"error": "not found"}, 404
