"""The page of the guide on batches: its file is shown as it is, answers so, and gains what it says."""

import asyncio
from pathlib import Path

import httpx2
import pytest

from examples.batching.speed import compare
from examples.pages import answers, shown_on
from examples.serving import served

pytest.importorskip("numpy")

HERE = Path(__file__).parent


def test_the_page_shows_the_file_as_it_is() -> None:
    (shown,) = shown_on("batching.md")

    assert shown.code == (HERE / shown.name).read_text()


def test_the_calls_answer_what_the_page_says() -> None:
    (shown,) = shown_on("batching.md")

    assert answers(HERE, shown) == shown.calls


def test_requests_in_one_batch_get_what_they_get_alone() -> None:
    texts = ["green tea", "", "black tea", "coffee"]

    async def ask(url: str) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
        async def embed(text: str) -> tuple[int, str]:
            reply = await client.get(f"{url}/embed", params={"text": text})
            return reply.status_code, reply.text

        async with httpx2.AsyncClient(timeout=30) as client:
            alone = [await embed(text) for text in texts]
            return alone, list(await asyncio.gather(*(embed(text) for text in texts)))

    with served("examples/batching/embed.py") as server:
        alone, together = asyncio.run(ask(server.url))

    assert [status for status, _ in alone] == [200, 422, 200, 200]
    assert together == alone


def test_batches_gain_something() -> None:
    assert compare("int8", seconds=0.5, rounds=1) > 1
