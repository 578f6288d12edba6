"""The request line: method, path and query, and the route that they mean."""

from urllib.parse import unquote

import httptools

from laneway.middleware.native.build import Layered, NativeStack
from laneway.routing.table import Found, PathTable
from laneway.server.direct.refusal import RefusedError

_METHODS = {
    name.encode(): name
    for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY")
}
_VERSION = b" HTTP/1.1"
# What a target is made of (RFC 9112 3.2, and a little more).
_VISIBLE = bytes(range(0x21, 0x7F)).replace(b"#", b"")
_MOST_KNOWN = 4096


class Target:
    """What a request asks for.

    Attributes:
        method: As sent.
        path: Decoded.
        raw_path: As sent.
        query: As sent, without the question mark.
        found: The route that serves it directly; None when ASGI must.
        logged: What an access log keeps of it.
    """

    __slots__ = ("found", "logged", "method", "path", "query", "raw_path")

    def __init__(self, method: str, path: str, raw_path: bytes, query: bytes, found: Found | None) -> None:
        self.method = method
        self.path = path
        self.raw_path = raw_path
        self.query = query
        self.found = found
        self.logged: str | None = None


class Targets:
    """Targets of the paths that an app has; those of static paths are kept, for they come again.

    Args:
        limit: Bytes of the longest target.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._table: PathTable | None = None
        self._middleware: NativeStack | None = None
        self._known: dict[bytes, Target] = {}  # by method and path, as in the request line
        self.lines: dict[bytes, Target] = {}

    def renew(self, table: PathTable | None, middleware: NativeStack | None) -> None:
        """Look up in another table from now on.

        Args:
            table: The routes; None when all requests must come through ASGI.
            middleware: What all requests have to pass; None when there is none.
        """
        self._table = table
        self._middleware = middleware
        self._known.clear()
        self.lines.clear()

    def of_line(self, line: bytes) -> Target | None:
        """The target of a request line that llhttp has not seen; None when llhttp should see it."""
        if len(line) > self._limit or line[-9:] != _VERSION or line.translate(None, _VISIBLE) != b"  ":
            return None
        asked, mark, query = line[:-9].partition(b"?")
        known = self._known.get(asked)
        if known is None:
            method, _, raw = asked.partition(b" ")
            if method not in _METHODS or raw[:1] != b"/":
                return None
            return self._of(_METHODS[method], raw, query, asked)
        if mark:
            return Target(known.method, known.path, known.raw_path, query, known.found)
        self.lines[line] = known  # no more of them than are known
        return known

    def of_url(self, method: bytes, url: bytes) -> Target:
        """The target of a request that llhttp has accepted.

        Raises:
            RefusedError: It is too long, or no path.
        """
        if len(url) > self._limit:
            raise RefusedError(414, f"The target is longer than {self._limit} bytes.")
        if url[:1] == b"/" and b"#" not in url:
            path, mark, query = url.partition(b"?")
            # PERF: what comes again need not be looked up again.
            known = self._known.get(asked := method + b" " + path)
            if known is None:
                return self._of(_METHODS.get(method) or method.decode("ascii"), path, query, asked)
            return Target(known.method, known.path, known.raw_path, query, known.found) if mark else known
        try:
            parsed = httptools.parse_url(url)
        except httptools.HttpParserInvalidURLError:
            raise RefusedError(400, "The target is no path and no URL.") from None
        return self._of(method.decode("ascii"), parsed.path or b"/", parsed.query or b"", b"")

    def _of(self, method: str, raw: bytes, query: bytes, asked: bytes) -> Target:
        path = raw.decode("ascii")
        if "%" in path:
            path = unquote(path)
        found = self._find(method, path)
        target = Target(method, path, raw, query, found)
        if asked and found is not None and not found.params:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
                self.lines.clear()
            self._known[asked] = Target(method, path, raw, b"", found) if query else target
        return target

    def _find(self, method: str, path: str) -> Found | None:
        # A response to HEAD has no body, which plans do not know.
        if self._table is None or method == "HEAD":
            return None
        found = self._table.certain(path, method)
        if found is None or getattr(found.route, "direct_plan", None) is None:
            return None
        return found if self._middleware is None else Layered(found, self._middleware)
