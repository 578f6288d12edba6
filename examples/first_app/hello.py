from laneway import Laneway

app = Laneway()


@app.get("/")
def hello() -> dict[str, str]:
    return {"hello": "world"}
