"""An answer to an error."""

# ruff: noqa: ASYNC251

import time

from laneway import Laneway

app = Laneway()


@app.exception_handler(ValueError)
async def tell(request, error):
    time.sleep(1)  # blocks: time.sleep
