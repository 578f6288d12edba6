"""No figures before all peers give the same replies."""

import json
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPException

from bench.errors import BenchError
from bench.scenarios import Exchange, Scenario
from bench.server import Reply, Server, ask

JSON = "application/json"


def _reply(server: Server, exchange: Exchange) -> Reply:
    with server.running(), closing(server.connect()) as connection:
        try:
            return ask(connection, exchange)
        except (OSError, HTTPException) as error:
            raise BenchError(f"{server.peer.name} does not answer {exchange}: {error!r}") from None


def _refuse(exchange: Exchange, one: Server, first: Reply, other: Server, second: Reply) -> BenchError:
    return BenchError(
        f"refusing to measure: replies to {exchange.method} {exchange.path} differ\n"
        f"  {one.peer.name}: {first}\n  {other.peer.name}: {second}"
    )


def _meaning(reply: Reply) -> tuple[int, str, object]:
    """What stays when the ways to write JSON and media types do not matter."""
    kind = (reply.content_type or "").partition(";")[0]
    return reply.status, kind, json.loads(reply.body) if kind == JSON else reply.body


def _same_reply(one: Server, first: Reply, server: Server, reply: Reply) -> bool:
    """Whether replies are equal byte for byte, those of peers that write in their own way by meaning."""
    by_meaning = one.peer.own_words or server.peer.own_words
    return _meaning(reply) == _meaning(first) if by_meaning else reply == first


def _same_refusal(one: Server, first: Reply, server: Server, reply: Reply) -> bool:
    """Whether error replies are equal: whole between frameworks, by status by hand, else by its class."""
    if server.peer.own_words:
        return reply.status // 100 == first.status // 100
    if server.peer.framework and one.peer.framework:
        return reply == first
    return reply.status == first.status


def _expect(one: Server, exchange: Exchange, *, accepted: bool) -> Reply:
    """Return the reply that all others are compared with.

    Raises:
        BenchError: It is not of the kind that the scenario is about.
    """
    first = _reply(one, exchange)
    if accepted and first.status != 200:
        raise BenchError(f"refusing to measure: {one.peer.name} answers {exchange} with {first}")
    return first


def check_replies(servers: Sequence[Server], scenario: Scenario) -> dict[str, BenchError]:
    """Ask every server the same and return, by peer, why it must not be measured: its reply is another.

    Raises:
        BenchError: The first peer's own reply is wrong.
    """
    ordered = sorted(servers, key=lambda server: (server.peer.own_words, server.peer.framework is None))
    one, others = ordered[0], ordered[1:]
    differing: dict[str, BenchError] = {}
    for exchange in (scenario.load, *scenario.rejected):
        accepted = exchange is scenario.load
        first = _expect(one, exchange, accepted=accepted)
        for server in others:
            try:
                reply = _reply(server, exchange)
            except BenchError as error:
                differing[server.peer.name] = error
                continue
            if not (_same_reply if accepted else _same_refusal)(one, first, server, reply):
                differing[server.peer.name] = _refuse(exchange, one, first, server, reply)
    return differing
