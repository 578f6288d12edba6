"""Where an endpoint is written, looked up once and only when a message needs it."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from laneway.exceptions import EndpointContext


@lru_cache(maxsize=4096)
def _located(code_owner: Any) -> tuple[str | None, int | None]:
    try:
        return inspect.getsourcefile(code_owner), inspect.getsourcelines(code_owner)[1]
    except (OSError, TypeError):  # built in C, or typed into a prompt
        return None, None


def endpoint_context(endpoint: Callable[..., Any]) -> EndpointContext:
    """File, line and name of a function, as far as they can be found."""
    context = EndpointContext()
    try:
        file, line = _located(endpoint)
    except TypeError:  # an unhashable callable object
        file, line = _located.__wrapped__(endpoint)
    if file is not None and line is not None:
        context["file"], context["line"] = file, line
    if (name := getattr(endpoint, "__name__", None)) is not None:
        context["function"] = name
    return context
