"""Signed cookies that hold a session, read when somebody wants to know what is in them."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, ItemsView, Iterator, KeysView, ValuesView
from typing import Any

from itsdangerous import BadSignature
from starlette.middleware.sessions import Session, SessionMiddleware
from starlette.requests import cookie_parser
from starlette.types import Scope

from laneway.middleware.native.arriving import Arriving
from laneway.middleware.native.fields import vary_on
from laneway.middleware.native.filters import Filter
from laneway.middleware.native.hooks import Hook
from laneway.types import RawHeaders

Load = Callable[[], dict[str, Any] | None]


class LazySession(Session):
    """Starlette's session, whose content is read from its cookie when first needed.

    Args:
        load: Gives the content; None when there was no valid cookie.
    """

    _load: Load | None
    _was_sent = False

    def __init__(self, load: Load) -> None:
        super().__init__()
        self._load = load

    def _read(self) -> None:
        load, self._load = self._load, None
        if load is not None and (content := load()) is not None:
            self._was_sent = True
            dict.update(self, content)

    @property
    def was_sent(self) -> bool:
        """Whether the client has sent a session."""
        self._read()
        return self._was_sent

    def mark_accessed(self) -> None:
        """Somebody looks at the session."""
        self._read()
        super().mark_accessed()

    def mark_modified(self) -> None:
        """Somebody changes the session."""
        self._read()
        super().mark_modified()

    # Those who take the session from the scope look at it without saying so.

    def __getitem__(self, key: str) -> Any:
        self._read()
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._read()
        return super().__contains__(key)

    def __iter__(self) -> Iterator[str]:
        self._read()
        return super().__iter__()

    def __reversed__(self) -> Iterator[str]:
        self._read()
        return super().__reversed__()

    def __len__(self) -> int:
        self._read()
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self._read()
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        self._read()
        return super().__ne__(other)

    __hash__ = None  # type: ignore[assignment]  # as of every dictionary

    def __repr__(self) -> str:
        self._read()
        return super().__repr__()

    def __or__(self, other: Any) -> Any:
        self._read()
        return super().__or__(other)

    def __ror__(self, other: Any) -> Any:
        self._read()
        return super().__ror__(other)

    def get(self, key: str, default: Any = None) -> Any:
        """As a dictionary's."""
        self._read()
        return super().get(key, default)

    def keys(self) -> KeysView[str]:  # type: ignore[override]  # the type of a dictionary's is private
        """As a dictionary's."""
        self._read()
        return super().keys()

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        """As a dictionary's."""
        self._read()
        return super().values()

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        """As a dictionary's."""
        self._read()
        return super().items()

    def copy(self) -> dict[str, Any]:
        """As a dictionary's."""
        self._read()
        return super().copy()

    def popitem(self) -> tuple[str, Any]:
        """As a dictionary's."""
        self._read()
        return super().popitem()


class NativeSessions(Hook, SessionMiddleware):
    """Starlette's `SessionMiddleware`, with the same cookies."""

    def open(self, request: Arriving) -> Filter:
        """What writes the session into the response."""
        headers = request.headers
        writing = _Writing(self, LazySession(lambda: self._content(headers)))
        request.amend(writing.add_session)
        return writing

    def _content(self, headers: RawHeaders) -> dict[str, Any] | None:
        cookies: dict[str, str] = {}
        for name, value in headers:
            if name == b"cookie":
                cookies.update(cookie_parser(value.decode("latin-1")))
        cookie = cookies.get(self.session_cookie)
        if cookie is None:
            return None
        try:
            signed = self.signer.unsign(cookie.encode("utf-8"), max_age=self.max_age)
        except BadSignature:
            return None
        content: dict[str, Any] = json.loads(b64decode(signed))
        return content

    def cookie(self, session: dict[str, Any]) -> bytes:
        """The cookie that holds a session; for an empty one, the cookie that ends it."""
        if session:
            data = self.signer.sign(b64encode(json.dumps(session).encode("utf-8"))).decode("utf-8")
            life = f"Max-Age={self.max_age}; " if self.max_age is not None else ""
        else:
            data, life = "null", "expires=Thu, 01 Jan 1970 00:00:00 GMT; "
        return f"{self.session_cookie}={data}; path={self.path}; {life}{self.security_flags}".encode(
            "latin-1"
        )


class _Writing(Filter):
    on_failure = False

    def __init__(self, layer: NativeSessions, session: LazySession) -> None:
        self._layer = layer
        self._session = session
        self._scope: Scope | None = None

    def add_session(self, scope: Scope) -> None:
        """Put the session where `request.session` finds it."""
        scope["session"] = self._session
        self._scope = scope

    def begin(self, status: int, headers: RawHeaders) -> bool:
        if self._scope is None:  # nobody has looked at the request at all
            return False
        session: Any = self._scope["session"]  # another one may have been put there
        if session.accessed:
            vary_on(headers, b"Cookie")
        if session.modified and (session or self._session.was_sent):
            headers.append((b"set-cookie", self._layer.cookie(session)))
        return False
