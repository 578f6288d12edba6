"""The same bytes have the same outcome, however they are cut."""

import os

import pytest

from tests.hostile.fuzz import run

# CI asks for more; `python -m tests.hostile.fuzz --conversations 100000` for as many as one likes.
CONVERSATIONS = int(os.environ.get("LANEWAY_FUZZ_CONVERSATIONS", "2000"))
SEEDS = range(8)
STOCK = "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", SEEDS)
def test_conversations_cut_differently_end_the_same(seed: int) -> None:
    """In one read, by request, anywhere, byte by byte, and with heads remembered or not."""
    report = run(CONVERSATIONS // len(SEEDS), seed)

    assert report.held
    assert not report.findings, str(report)


def test_the_conversations_are_worth_it() -> None:
    """Both kinds are there: those that are answered to the end and those that are refused."""
    report = run(200, seed=1)

    assert 20 < report.refused < 180


def test_sound_conversations_end_the_same_on_uvicorn() -> None:
    """So that what the fuzzer finds is not its own."""
    report = run(200, seed=1, protocol=STOCK, only_sound=True)

    assert not report.findings, str(report)
