"""Differences that are meant, each with its reason; docs/compatibility.md tells users of them."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Known:
    """A difference that is meant.

    Attributes:
        what: The part of a reply where it shows.
        reason: Why it is there.
        fits: Whether FastAPI's value and ours differ by this and nothing else.
        cases: Where it may show; anywhere when empty.
    """

    what: str
    reason: str
    fits: Callable[[Any, Any], bool]
    cases: tuple[str, ...] = ()


def _full_path(theirs: dict[str, str], ours: dict[str, str]) -> bool:
    return {**theirs, "route": ""} == {**ours, "route": ""} and ours["route"].endswith(theirs["route"])


def _not_encodable(theirs: list[Any], ours: list[Any]) -> bool:
    encodable = theirs is None or ours is None
    return not encodable and (theirs[0], ours[0]) == (
        "builtins.ValueError",
        "fastapi.exceptions.EncodingError",
    )


def _other_words(theirs: list[Any], ours: list[Any]) -> bool:
    return theirs[0] == ours[0] == "fastapi.exceptions.FastAPIError"


def _same_categories(theirs: list[str], ours: list[str]) -> bool:
    return {line.split(":")[0] for line in theirs} == {line.split(":")[0] for line in ours}


def _reason_in_words(theirs: list[str], ours: list[str]) -> bool:
    their, our = ast.literal_eval(theirs[-1]), ast.literal_eval(ours[-1])
    readable = isinstance(their["reason"], list) and isinstance(our["reason"], str)
    return (
        readable and len(our["reason"].encode()) <= 123 and {**their, "reason": ""} == {**our, "reason": ""}
    )


def _mounted_too(theirs: Any, ours: Any) -> bool:
    return [line for line in ours if not line.startswith("sub ")] == theirs


def _keeps_headers(theirs: Any, ours: Any) -> bool:
    (their,), (our,) = theirs, ours
    added = [field for field in our if field not in their]
    kept = [field for field in our if field in their]
    return kept == their and all(name == "vary" or name.startswith("access-control-") for name, _ in added)


def _no_group(theirs: list[Any], ours: list[Any]) -> bool:
    return theirs[:3] == ours[:3] and (theirs[3], ours[3]) == ("ExceptionGroup", None)


def _done_within_the_stream(theirs: list[str], ours: list[str]) -> bool:
    def without(events: list[str]) -> list[str]:
        return [event for event in events if not event.endswith(" done")]

    return without(theirs) == without(ours) and sorted(theirs) == sorted(ours)


NO_TEXT = "bytes that are no text are an error of the client's, not of the server's"


def _refused(their: Any, our: Any) -> Callable[[Any, Any], bool]:
    """That FastAPI's 500 is a 422 here, which tells what was no text; of each a part that only it has."""
    return lambda theirs, ours: their in str(theirs) and our in str(ours)


def _once(theirs: list[str], ours: list[str]) -> bool:
    return list(dict.fromkeys(theirs)) == ours


KNOWN = [
    Known("scope", "the route in the scope is the including router's, with the full path", _full_path),
    Known(
        "raised",
        "EncodingError, a ValueError, says which value has no JSON form",
        _not_encodable,
        ("responses",),
    ),
    Known(
        "headers", "a 500 that no handler answers keeps the headers of CORS", _keeps_headers, ("middleware",)
    ),
    Known("raised", "functions of middleware run without task groups", _no_group, ("middleware",)),
    Known(
        "events",
        "a function of middleware that lets a stream pass ends when its first part is sent, not before",
        _done_within_the_stream,
        ("middleware",),
    ),
    Known("raised", "messages to developers are in our words", _other_words, ("dependencies",)),
    Known("warnings", "messages to developers are in our words", _same_categories, ("events",)),
    Known("messages", "the reason of a close is text of at most 123 bytes, not a list", _reason_in_words),
    Known("events", "handlers of an included router run once, not twice", _once, ("events",)),
    Known("events", "lifespans of mounted apps run, too", _mounted_too, ("lifecycles",)),
    Known("status", NO_TEXT, _refused("[500]", "[422]"), ("bodies",)),
    Known("raised", NO_TEXT, _refused("builtins.UnicodeDecodeError", "None"), ("bodies",)),
    Known("body", NO_TEXT, _refused("Internal Server Error", '"string_unicode"'), ("bodies",)),
    Known("headers", NO_TEXT, _refused("text/plain", "application/json"), ("bodies",)),
]


def is_known(case: str, what: str, theirs: Any, ours: Any) -> bool:
    """Whether a difference is one of those that are meant."""
    return any(
        one.what == what and (not one.cases or case in one.cases) and one.fits(theirs, ours) for one in KNOWN
    )
