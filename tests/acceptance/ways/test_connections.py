"""Connections behave the same through uvicorn and directly: reuse, order, pieces, ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from .apps.kitchen import make_kitchen
from .cases.connections import CONNECTIONS
from .conversations import Conversation, whole
from .sites import OTHERS, REFERENCE, ServedSite

SERVED = [way for way in OTHERS if way.sockets]


@pytest.fixture(scope="module")
def reference(folder: Path) -> Iterator[ServedSite]:
    """The app on the way to be compared with."""
    with REFERENCE.open(make_kitchen(folder)) as site:
        yield site


@pytest.fixture(scope="module", params=SERVED, ids=lambda way: way.name)
def other(request: pytest.FixtureRequest, folder: Path) -> Iterator[ServedSite]:
    """The app on another way."""
    with request.param.open(make_kitchen(folder)) as site:
        yield site


@pytest.mark.parametrize("conversation", CONNECTIONS, ids=lambda one: one.name)
def test_uvicorn_holds_the_conversation_of_the_table(
    conversation: Conversation, reference: ServedSite
) -> None:
    conversation.matches(conversation.hold(reference))


@pytest.mark.parametrize("conversation", CONNECTIONS, ids=lambda one: one.name)
def test_another_way_holds_the_same_conversation(
    conversation: Conversation, reference: ServedSite, other: ServedSite
) -> None:
    heard = conversation.hold(other)

    conversation.matches(heard)
    assert whole(heard) == whole(conversation.hold(reference))
