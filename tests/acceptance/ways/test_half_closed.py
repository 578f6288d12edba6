"""The switch for clients that send no more, and wait for their answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from laneway.server.limits import Limits

from .apps.kitchen import make_kitchen
from .sites import DIRECT, DIRECT_ON_UVLOOP, ServedSite
from .wire import Request, get

ORDER = b'{"name":"tea"}'


@pytest.fixture(scope="module", params=[DIRECT, DIRECT_ON_UVLOOP], ids=lambda way: way.name)
def site(request: pytest.FixtureRequest, folder: Path) -> Iterator[ServedSite]:
    """The app, with the switch on."""
    with request.param.open(make_kitchen(folder), limits=Limits(half_close=True)) as site:
        yield site


REQUESTS = [
    get("/sleeps?seconds=0.2"),
    get("/number"),
    get("/stream"),
    get("/sync"),
    get("/file-class"),
    get("/child/where/a"),
    Request("POST", "/orders", (("Content-Type", "application/json"),), chunks=(ORDER,)),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.target)
def test_a_client_that_sends_no_more_gets_its_answer(request_: Request, site: ServedSite) -> None:
    with site.connect() as line:
        line.send(request_.raw)
        line.half_close()

        assert line.reply().status == 200
        assert line.rest() == b""


def test_all_answers_of_a_pipeline_arrive(site: ServedSite) -> None:
    with site.connect() as line:
        line.send(b"".join(request.raw for request in REQUESTS))
        line.half_close()

        assert [line.reply().status for _ in REQUESTS] == [200] * len(REQUESTS)
        assert line.rest() == b""


def test_a_request_of_which_the_rest_is_missing_is_not_answered(site: ServedSite) -> None:
    with site.connect() as line:
        line.send(get("/number").raw[:-3])
        line.half_close()

        assert line.rest() == b""
