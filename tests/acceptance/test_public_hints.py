"""Tools that read the types of our classes at run time."""

from typing import get_type_hints

import pytest

from laneway import APIRouter, Laneway
from laneway.fastapi import FastAPI
from laneway.routing import APIRoute, APIWebSocketRoute


@pytest.mark.parametrize("kind", [Laneway, FastAPI, APIRouter, APIRoute, APIWebSocketRoute])
def test_the_types_of_attributes_can_be_asked_for(kind: type) -> None:
    """No name in them is known to type checkers only."""
    get_type_hints(kind)
