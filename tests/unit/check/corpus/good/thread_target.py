"""A thread of the app's own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from laneway import Laneway

app = Laneway()
pool = ThreadPoolExecutor()


def work() -> None:
    time.sleep(1)


@app.get("/")
async def home() -> None:
    threading.Thread(target=work).start()
    pool.submit(work)
