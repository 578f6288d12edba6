"""Many clients that read answers token by token from one process, with OpenAI's own client.

    python -m bench.streams                    # 300 clients
    python -m bench.streams --clients 50 --resumable

1. Clients that speak the bare format over sockets all ask at the same moment: what the server needs.
2. OpenAI's clients come one after the other within three seconds, so that all read at the same time, and read to the
   end. They run in one process, and each needs 2 ms of it to ask and 0.2 ms for a token, which is why they do not
   all come at once: 300 would need 0.7 s of a core before the last had its first token.
3. All ask, read a token and leave at the same moment; the server is asked what it still holds.
4. One after the other leaves: how soon after that its answer was given up.

The exit status is 1 if a client saw an error, or the server holds more than before.
"""

import argparse
import asyncio
import json
import sys
import time
from statistics import quantiles

import httpx2
import openai
from openai.types.chat import ChatCompletionChunk

from bench.apps.streams import TOKEN_SECONDS, TOKENS
from bench.launch import HOST
from bench.own import own_server

TARGET = "bench.apps.streams:app"
FIRST = "token0 "
ANSWER = "".join(f"token{number} " for number in range(TOKENS))
ARRIVAL_SECONDS = 3.0  # less than an answer takes
LEAVINGS = 50  # one after the other
PATIENCE_SECONDS = 10.0
QUESTION = {"role": "user", "content": "Go on"}


class Crowd:
    """The clients of one server.

    Attributes:
        errors: What they saw that was none of the answer.
        first_ms: Milliseconds until each had its first token.
        stall_ms: Longest time for which their own event loop stood still, milliseconds.
    """

    def __init__(self, port: int, prefix: str) -> None:
        self.errors: list[str] = []
        self.first_ms: list[float] = []
        self.stall_ms = 0.0
        self._port = port
        self._path = f"/{prefix}/chat/completions"
        base = f"http://{HOST}:{port}/{prefix}"
        self._openai = openai.AsyncOpenAI(base_url=base, api_key="none", max_retries=0)

    # -- one client

    async def read_bare(self) -> None:
        """Read an answer over a socket up to its first token."""
        began = time.perf_counter()
        body = json.dumps({"model": "endless", "messages": [QUESTION], "stream": True})
        fields = f"host: bench\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
        reader, writer = await asyncio.open_connection(HOST, self._port)
        writer.write(f"POST {self._path} HTTP/1.1\r\n{fields}\r\n\r\n{body}".encode())
        await reader.readuntil(FIRST.encode())
        self.first_ms.append(1000 * (time.perf_counter() - began))
        writer.close()

    async def begin(self, model: str) -> openai.AsyncStream[ChatCompletionChunk]:
        """Return an answer of which the first token has been read."""
        began = time.perf_counter()
        chunks = await self._openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "Go on"}], stream=True
        )
        for _ in ("the role", FIRST):
            await anext(chunks)
        self.first_ms.append(1000 * (time.perf_counter() - began))
        return chunks

    async def read(self, wait: float = 0) -> None:
        """Come after some seconds and read an answer to its end."""
        await asyncio.sleep(wait)
        try:
            chunks = await self.begin("patient")
            text = FIRST + "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
            if text != ANSWER:
                self.errors.append(f"a wrong answer: {text!r}")
        except Exception as error:  # noqa: BLE001 - counted
            self.errors.append(repr(error))

    # -- all

    async def come(self, clients: int) -> float:
        """Seconds in which all have read their answers."""
        self.first_ms.clear()
        began = time.perf_counter()
        steps = (ARRIVAL_SECONDS * number / clients for number in range(clients))
        looking = asyncio.create_task(self._look())
        await asyncio.gather(*(self.read(wait) for wait in steps))
        looking.cancel()
        return time.perf_counter() - began

    async def _look(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.stall_ms = max(self.stall_ms, 1000 * (time.perf_counter() - began) - 5)

    async def leave_together(self, clients: int) -> float:
        """Leave when all have read a token; seconds until the server holds no more than before."""
        before = await self._get("/held")
        answers = await asyncio.gather(*(self.begin("endless") for _ in range(clients)))
        began = time.monotonic()
        await asyncio.gather(*(answer.close() for answer in answers))
        after = await self._get("/held")
        while grown(before, after) and time.monotonic() - began < PATIENCE_SECONDS:
            await asyncio.sleep(0.005)
            after = await self._get("/held")
        if grown(before, after):
            self.errors.append(f"tasks and streams: {before} before, {after} when all had left")
        return time.monotonic() - began

    async def leave_one_by_one(self) -> list[float]:
        """Milliseconds from each leaving until its answer was given up."""
        passed = []
        for _ in range(LEAVINGS):
            answer = await self.begin("endless")
            before = len(await self._get("/closed"))
            left = time.monotonic()  # one clock for both processes
            await answer.close()
            closed = await self._get("/closed")
            while len(closed) == before:
                await asyncio.sleep(0.001)
                closed = await self._get("/closed")
            passed.append(1000 * (closed[-1] - left))
        return passed

    async def _get(self, path: str) -> list[float]:
        async with httpx2.AsyncClient() as client:
            numbers: list[float] = (await client.get(f"http://{HOST}:{self._port}{path}")).json()
            return numbers


def grown(before: list[float], after: list[float]) -> bool:
    """Return whether there is more of anything than before."""
    return any(now > then for then, now in zip(before, after, strict=True))


def spread(values: list[float]) -> str:
    """Return median, 99th percentile and maximum."""
    cuts = quantiles(values, n=100, method="inclusive")
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms, max {max(values):.1f} ms"


async def crowded(crowd: Crowd, clients: int) -> None:
    """Print the figures."""
    await crowd.read()  # so that nothing is done for the first time
    crowd.first_ms.clear()
    await asyncio.gather(*(crowd.read_bare() for _ in range(clients)))
    print(f"{clients} bare clients at once, first token: {spread(crowd.first_ms)}")
    used = time.process_time()
    passed = await crowd.come(clients)
    used = (time.process_time() - used) / passed
    print(f"{clients} of OpenAI's within {ARRIVAL_SECONDS:g} s, first token: {spread(crowd.first_ms)}")
    print(f"  {TOKENS} tokens each in {TOKENS * TOKEN_SECONDS:g} s")
    print(f"  the clients used {used:.0%} of a core, and stood still themselves for {crowd.stall_ms:.1f} ms")
    freed = await crowd.leave_together(clients)
    print(f"{clients} left at once: after {1000 * freed:.0f} ms the server held no more than before them")
    print(f"{LEAVINGS} left one by one, answer given up after: {spread(await crowd.leave_one_by_one())}")
    print(f"errors: {len(crowd.errors)}", *crowd.errors[:5], sep="\n  ")


def main() -> None:
    """Run the clients against a server of their own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument(
        "--resumable", action="store_true", help="with `resume=`, and no grace for who leaves"
    )
    arguments = parser.parse_args()
    with own_server(TARGET) as (port, _):
        crowd = Crowd(port, "resumable" if arguments.resumable else "plain")
        asyncio.run(crowded(crowd, arguments.clients))
    sys.exit(bool(crowd.errors))


if __name__ == "__main__":
    main()
