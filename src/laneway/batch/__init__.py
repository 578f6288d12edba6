"""Calls of one item gathered into calls of a list, for models and stores that do many at once for little more than one.

    from laneway.batch import batched

    @batched(max_size=32, lane="model")
    def embed(texts: list[str]) -> list[Vector]: ...

    vector = await embed("a text")

**When a batch begins.** A caller who is alone is served at once. While a batch runs, calls gather. After it, the next one
begins as soon as as many wait as were about during the last one (`max_size` at most), and at the latest when `max_wait`
is over: those who have just been answered often come right back. Nobody waits for company when there was none lately.

`collector` decides that, for each event loop; `outcomes` gives each caller what is theirs; `batched` is what users see.
"""

from laneway.batch.batched import Batched as Batched
from laneway.batch.batched import batched as batched
from laneway.batch.errors import BatchFullError as BatchFullError
from laneway.batch.errors import BatchResultError as BatchResultError
from laneway.batch.stats import BatchStats as BatchStats
from laneway.batch.stats import batch_stats as batch_stats
