"""Messages for the next page: `flash(request, "Saved.")` before a redirect, `get_flashed_messages()` in a template.

They wait in the session, so the app needs `SessionMiddleware`. Key and form there are Flask's: in an app that shares
its session with a Flask app, messages go both ways.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal, overload

from starlette.requests import HTTPConnection

SESSION_KEY = "_flashes"
SCOPE_KEY = "laneway.flashed"  # those taken out of the session by this request, which may show them twice


def flash(request: HTTPConnection, message: str, category: str = "message") -> None:
    """Keep a message for the next page of this client.

    Args:
        request: The request that is being served.
        message: What to show.
        category: Any word by which the template may choose a colour, such as `error`.
    """
    request.session[SESSION_KEY] = [*request.session.get(SESSION_KEY, []), [category, message]]


@overload
def get_flashed_messages(
    request: HTTPConnection, with_categories: Literal[False] = False, category_filter: Iterable[str] = ()
) -> list[str]: ...
@overload
def get_flashed_messages(
    request: HTTPConnection, with_categories: Literal[True], category_filter: Iterable[str] = ()
) -> list[tuple[str, str]]: ...
def get_flashed_messages(
    request: HTTPConnection, with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """The messages that wait for this client, oldest first; no later request will get them.

    Args:
        request: The request that is being served.
        with_categories: Whether to give pairs of category and message.
        category_filter: Only messages of these categories; empty for all.
    """
    if SCOPE_KEY not in request.scope:
        request.scope[SCOPE_KEY] = request.session.pop(SESSION_KEY, [])
    wanted = set(category_filter)
    taken = [(category, text) for category, text in request.scope[SCOPE_KEY]]
    chosen = [(category, text) for category, text in taken if not wanted or category in wanted]
    return chosen if with_categories else [text for _, text in chosen]


def flashes(request: HTTPConnection) -> dict[str, Callable[..., object]]:
    """`get_flashed_messages()` for templates: `Jinja2Templates("templates", context_processors=[flashes])`."""
    return {"get_flashed_messages": partial(get_flashed_messages, request)}
