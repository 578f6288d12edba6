"""What batches gain: requests per second of one endpoint, one by one and in batches, in turn.

python -m examples.batching.speed [SECONDS]
"""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from examples.serving import served

CLIENTS = 128  # while a batch runs, the next one gathers
WARM_UP_SECONDS = 0.5
SIZES = (1, 64)


@dataclass
class Load:
    """Clients that ask again as soon as they are answered.

    Attributes:
        seconds: What each reply took.
    """

    url: str
    until: float
    seconds: list[float] = field(default_factory=list)

    async def client(self) -> None:
        """Ask until the time is over, on one connection.

        Raises:
            RuntimeError: A reply was no success.
        """
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (begun := time.perf_counter()) < self.until:
            writer.write(f"GET /embed?text=green+tea HTTP/1.1\r\nhost: {address.netloc}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head[:16]:
                raise RuntimeError(head.decode())
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.partition(b":")[2]))
            self.seconds.append(time.perf_counter() - begun)
        writer.close()


async def load(url: str, seconds: float) -> list[float]:
    """How long each reply took within some seconds."""
    made = Load(url, time.perf_counter() + seconds)
    await asyncio.gather(*(made.client() for _ in range(CLIENTS)))
    return made.seconds


def measure(kind: str, max_size: int, seconds: float) -> float:
    """Requests per second of a server with weights of this kind and batches of this size; printed with more."""
    # NumPy's own threads would take the core that serves.
    variables = {"WEIGHTS": kind, "MAX_SIZE": str(max_size), "OPENBLAS_NUM_THREADS": "1"}
    with served("examples/batching/embed.py", **variables) as server:
        asyncio.run(load(server.url, WARM_UP_SECONDS))
        found = asyncio.run(load(server.url, seconds))
    rate, median = len(found) / seconds, statistics.median(found)
    print(f"{kind:8} max_size={max_size:<3} {rate:6.0f} requests/s   median reply {1000 * median:5.0f} ms")
    return rate


def compare(kind: str, seconds: float = 4.0, rounds: int = 3) -> float:
    """How many times as many requests are served in batches; the median of some rounds."""
    ratios = []
    for _ in range(rounds):
        one, many = (measure(kind, max_size, seconds) for max_size in SIZES)
        ratios.append(many / one)
    ratio = statistics.median(ratios)
    print(f"{kind:8} in batches {ratio:.1f} times as many ({', '.join(f'{found:.1f}' for found in ratios)})")
    return ratio


if __name__ == "__main__":
    for weights in ("int8", "float32"):
        compare(weights, *(float(text) for text in sys.argv[1:2]))
