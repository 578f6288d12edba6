"""Reading an attribute."""

import time

from laneway import Laneway

app = Laneway()


class Settings:
    @property
    def secret(self) -> str:
        time.sleep(1)  # blocks: time.sleep
        return "x"


settings = Settings()


@app.get("/")
async def home() -> int:
    return len(settings.secret)
