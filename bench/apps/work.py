"""The work of every route by hand, for peers without validation of their own: pydantic-core, no framework."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from bench.apps.models import EVENTS, Document, Order, Receipt, receipt_for

JSON = "application/json"


class MissingError(Exception):
    """The request lacks a parameter."""


REJECTED = (MissingError, ValidationError)

# PERF: the bare validators and serializer of pydantic-core spare a Python call each.
to_integer = TypeAdapter(int).validator.validate_python
to_limit = TypeAdapter(Annotated[int, Field(ge=1, le=100)]).validator.validate_python
to_boolean = TypeAdapter(bool).validator.validate_python
to_order = TypeAdapter(Order).validator.validate_json
to_document = TypeAdapter(Document).validator.validate_json
from_receipt = TypeAdapter(Receipt).serializer.to_json


def greeting() -> bytes:
    """Return the reply of `/json`."""
    return to_json({"message": "Hello, World!", "values": [1, 2.5, None, True]})


def required(values: Mapping[str, str], name: str) -> str:
    """Return a parameter.

    Raises:
        MissingError: There is none.
    """
    try:
        return values[name]
    except KeyError:
        raise MissingError from None


def item(item_id: str, query: Mapping[str, str]) -> bytes:
    """Return the reply of `/items/{item_id}`."""
    number = to_integer(item_id)
    limit = to_limit(query.get("limit", 10))
    exact = to_boolean(query.get("exact", False))
    return to_json({"item_id": number, "q": required(query, "q"), "limit": limit, "exact": exact})


def order(body: bytes) -> bytes:
    """Return the reply to a POST to `/orders`."""
    return from_receipt(receipt_for(to_order(body)))


def document(body: bytes) -> bytes:
    """Return the reply to a POST to `/large`."""
    sent = to_document(body)
    return to_json({"title": sent.title, "length": len(sent.text)})


def waited(seconds: float) -> bytes:
    """Return the reply of a route that waits."""
    return to_json({"waited": seconds})


def events() -> list[bytes]:
    """Return the parts of the reply of `/events`."""
    return [b"data: %b\n\n" % to_json({"number": number}) for number in range(EVENTS)]
