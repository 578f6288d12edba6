from laneway import Laneway

app = Laneway()


@app.get("/")
def hello():
    return {"hello": "world"}
