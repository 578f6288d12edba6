"""No figures before all peers give the same replies."""

from collections.abc import Sequence
from contextlib import closing

from bench.errors import BenchError
from bench.scenarios import Exchange, Scenario
from bench.server import Reply, Server, ask


def _reply(server: Server, exchange: Exchange) -> Reply:
    with closing(server.connect()) as connection:
        return ask(connection, exchange)


def _refuse(exchange: Exchange, one: Server, first: Reply, other: Server, second: Reply) -> BenchError:
    return BenchError(
        f"refusing to measure: replies to {exchange.method} {exchange.path} differ\n"
        f"  {one.peer.name}: {first}\n  {other.peer.name}: {second}"
    )


def _check_accepted(servers: Sequence[Server], exchange: Exchange) -> None:
    first = _reply(servers[0], exchange)
    if first.status != 200:
        raise BenchError(f"refusing to measure: {servers[0].peer.name} answers {exchange} with {first}")
    for server in servers[1:]:
        if (reply := _reply(server, exchange)) != first:
            raise _refuse(exchange, servers[0], first, server, reply)


def _check_rejected(servers: Sequence[Server], exchange: Exchange) -> None:
    """Compare error replies whole between frameworks, by status where raw ASGI takes part."""
    first = _reply(servers[0], exchange)
    for server in servers[1:]:
        reply = _reply(server, exchange)
        by_hand = not (server.peer.framework and servers[0].peer.framework)
        same = reply.status == first.status if by_hand else reply == first
        if not same:
            raise _refuse(exchange, servers[0], first, server, reply)


def check_replies(servers: Sequence[Server], scenario: Scenario) -> None:
    """Ask every server the same and compare status, content type and body.

    Raises:
        BenchError: Two peers differ; the message shows both replies.
    """
    by_framework = sorted(servers, key=lambda server: server.peer.framework is None)
    _check_accepted(by_framework, scenario.load)
    for exchange in scenario.rejected:
        _check_rejected(by_framework, exchange)
