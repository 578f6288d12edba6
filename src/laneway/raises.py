"""The option `raises`: errors that a route may answer with, declared for the docs.

    @app.get("/items/{id}", raises=[HTTPException(404, "No such item"), OutOfStock, (Locked, 423)])

An entry is an error, as it will be raised; a class that has a `status_code`; or a class with the status that a handler
of the app gives it.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException as StarletteHTTPException

from laneway.exceptions import FastAPIError, LanewayError
from laneway.problem import Problem, extension_types, phrase

Raised = StarletteHTTPException | type[Exception] | tuple[type[Exception], int]
"""One entry of `raises`."""


@dataclass(frozen=True, slots=True)
class DeclaredError:
    """An entry of `raises`, understood.

    Attributes:
        kind: The exception's class.
        status: HTTP status of its reply.
        error: The error itself, when it was declared as it will be raised.
    """

    kind: type[Exception]
    status: int
    error: StarletteHTTPException | None = None

    @property
    def description(self) -> str:
        """What the docs say: the text of the error, the first paragraph on its class, its title, or the status."""
        text: object = None if self.error is None else self.error.detail
        if isinstance(text, str) and text:
            return text
        own = None if self.kind in (Problem, *_NAMELESS) else _first_paragraph(self.kind)
        title = getattr(self.error or self.kind, "title", None)
        return own or (title if isinstance(title, str) else None) or phrase(self.status)


def checked_raises(entries: Sequence[Raised] | None) -> list[Raised]:
    """The entries as a list.

    Raises:
        FastAPIError: The status of one is not known, or it is no error.
    """
    if entries is not None and not isinstance(entries, list | tuple):
        raise FastAPIError(f"raises takes a list of errors, not {entries!r}: write raises=[...]")
    found = list(entries or ())
    for entry in found:
        declared_error(entry)
    return found


def declared_error(entry: Raised) -> DeclaredError:
    """An entry of `raises`, understood.

    Raises:
        FastAPIError: Its status is not known, or it is no error.
    """
    if isinstance(entry, StarletteHTTPException):
        return DeclaredError(type(entry), _checked_status(entry.status_code, entry), entry)
    parts: tuple[Any, ...] = entry if isinstance(entry, tuple) else (entry,)
    if len(parts) in (1, 2) and isinstance(parts[0], type) and issubclass(parts[0], Exception):
        status = _checked_status(parts[1], entry) if len(parts) == 2 else _status_of(parts[0])
        return _of_class(parts[0], status)
    raise FastAPIError(
        f"raises=[{entry!r}] is no HTTP error: write an exception class that has a `status_code`, "
        f"(ExceptionClass, 409), or an error such as HTTPException(404, 'No such item')"
    )


_NAMELESS = (StarletteHTTPException, *(kind for kind in Problem.__mro__ if kind is not Problem))
"""Classes that say nothing of what went wrong."""


def _of_class(kind: Any, status: int) -> DeclaredError:
    if issubclass(kind, Problem):
        try:
            extension_types(kind)
        except NameError as error:
            raise FastAPIError(f"The annotations of {kind.__name__} cannot be read: {error}") from None
    return DeclaredError(kind, status)


def _status_of(kind: Any) -> int:
    status = getattr(kind, "status_code", None)
    if isinstance(status, int):
        return _checked_status(status, kind)
    if issubclass(kind, LanewayError) and not issubclass(kind, StarletteHTTPException):
        return _checked_status(kind.status_hint, kind)
    name = kind.__name__
    ways = (
        f"give the class a `status_code`, or write ({name}, 409) where a handler of the app answers with that"
    )
    if issubclass(kind, StarletteHTTPException):
        ways += f", or the error as it will be raised: {name}(404, 'No such item')"
    raise FastAPIError(f"The status of {name} in raises is not known: {ways}")


def _checked_status(status: object, entry: object) -> int:
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise FastAPIError(f"raises=[{entry!r}]: the status must be a number from 100 to 599, not {status!r}")
    return int(status)


def _first_paragraph(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\f")[0].split("\n\n")[0].strip()
