"""Methods with the names of blocking ones."""

from laneway import Laneway

app = Laneway()


class Time:
    def sleep(self, seconds: int) -> int:
        return seconds


class Session:
    def get(self, key: str) -> str:
        return key

    def execute(self, statement: str) -> str:
        return statement


time = Time()


@app.get("/")
async def home(requests: str = "") -> None:
    time.sleep(1)
    Session().get("a")
    Session().execute("b")
    requests.format()
