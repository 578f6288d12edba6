"""Frontends: the files a build tool wrote, served below a path when no route of the API matches.

A frontend is a route like others (dependencies, limits and overrides hold for it), but it stands in a list of its own
that is asked last, and there the longest path wins.
"""

import errno
import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from email.message import Message
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any, Literal, TypeAlias, Unpack

from anyio import to_thread
from starlette.datastructures import URL, URLPath
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from laneway.concurrency import file_limiter
from laneway.dependant import Dependant
from laneway.routing.options import AnyVerbOptions
from laneway.routing.route import APIRoute
from laneway.routing.table import Found
from laneway.signature import get_dependant, with_dependencies

Fallback: TypeAlias = Literal["auto", "index.html", "404.html"] | None
CheckDir: TypeAlias = bool | Literal["auto"]
Directory: TypeAlias = str | os.PathLike[str]

_FALLBACKS = ("auto", "index.html", "404.html", None)
_PAGES = ("text/html", "application/xhtml+xml")
_READING = ("GET", "HEAD")


def frontend_path(path: str) -> str:
    """A path as prefix of others: `/app` for `/app/`, nothing for `/`.

    Raises:
        AssertionError: It does not start with a slash.
    """
    if not path.startswith("/"):
        raise AssertionError(f"A frontend path must start with '/', {path!r} does not")
    return path.rstrip("/")


def must_exist(directory: Directory, check_dir: CheckDir) -> bool:
    """Whether a missing directory is an error now.

    With `auto` it is, unless FASTAPI_ENV says `development`: there it is a warning, which names the caller's caller,
    for the build may come later.
    """
    if check_dir != "auto":
        return check_dir
    if os.environ.get("FASTAPI_ENV") != "development":
        return True
    if not Path(directory).is_dir():
        warnings.warn(_missing(directory), stacklevel=3)
    return False


def _missing(directory: Directory) -> str:
    return (
        f"Frontend directory '{directory}' does not exist; the whole path is '{os.path.realpath(directory)}'"
    )


class FrontendFiles(StaticFiles):
    """A directory of built files, with a page for paths that only the frontend's own router knows."""

    def __init__(self, directory: Directory, fallback: Fallback, *, check_dir: bool) -> None:
        if fallback not in _FALLBACKS:
            raise AssertionError(
                f"fallback must be 'auto', 'index.html', '404.html', or None, not {fallback!r}"
            )
        if check_dir and not Path(directory).is_dir():
            raise RuntimeError(_missing(directory))
        super().__init__(directory=directory, html=True, check_dir=check_dir)
        self.fallback = fallback
        if check_dir and fallback not in {"auto", None}:
            self._page(fallback)

    async def serve(self, request: Request, response: Response) -> Response:
        """The reply to a GET or HEAD: a file, a redirect to a directory's slash, or the fallback page.

        Raises:
            HTTPException: 404, there is nothing to serve.
        """
        reply = await self._reply(_file_path(request.scope), request)
        reply.raw_headers.extend(response.raw_headers)  # what dependencies set
        return reply

    async def refuse(self, scope: Scope) -> None:
        """Answer any other method.

        Raises:
            HTTPException: 405 where a file is, 404 elsewhere.
        """
        exists = await self._find(_file_path(scope)) is not None
        raise HTTPException(405 if exists else 404)

    async def _reply(self, path: str, request: Request) -> Response:
        await self._check_once()
        found = await self._find(path)
        if found is None:
            return await self._fallback(request)
        file, status, is_index = found
        if is_index and not request.scope["path"].endswith("/"):
            url = URL(scope=request.scope)
            return RedirectResponse(url.replace(path=url.path + "/"))
        return self.file_response(file, status, request.scope)

    async def _check_once(self) -> None:
        if not self.config_checked:
            await self.check_config()
            self.config_checked = True

    async def _find(self, path: str) -> tuple[str, os.stat_result, bool] | None:
        """The file for a path, its status, and whether it is the index of a directory."""
        try:
            return await to_thread.run_sync(self._look_up, path, limiter=file_limiter())
        except PermissionError:
            raise HTTPException(401) from None
        except ValueError:  # a NUL in the path
            raise HTTPException(404) from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise HTTPException(404) from None
            raise

    def _look_up(self, path: str) -> tuple[str, os.stat_result, bool] | None:
        for candidate, is_index in ((path, False), (f"{path}/index.html", True)):
            file, status = self.lookup_path(candidate)
            if status is not None and stat.S_ISREG(status.st_mode):
                return file, status, is_index
            if status is None or not stat.S_ISDIR(status.st_mode):
                return None
        return None

    async def _fallback(self, request: Request) -> Response:
        page, status = await to_thread.run_sync(self._choose, _asks_for_page(request), limiter=file_limiter())
        if page is None:
            raise HTTPException(404)
        file, info = page
        return self.file_response(file, info, request.scope, status)

    def _choose(self, asks_for_page: bool) -> tuple[tuple[str, os.stat_result] | None, int]:
        """The fallback page and its status; a page for browsers stands in only where a browser asks for one."""
        if self.fallback == "404.html":
            return self._page("404.html"), 404
        if self.fallback == "auto" and (page := self._page_if_there("404.html")):
            return page, 404
        if not asks_for_page or self.fallback is None:
            return None, 404
        find = self._page if self.fallback == "index.html" else self._page_if_there
        return find("index.html"), 200

    def _page(self, name: str) -> tuple[str, os.stat_result]:
        page = self._page_if_there(name)
        if page is None:
            whole = os.path.realpath(self.directory or "")
            raise RuntimeError(
                f"Frontend fallback file '{name}' does not exist in directory '{self.directory}'; "
                f"the whole path of the directory is '{whole}'"
            )
        return page

    def _page_if_there(self, name: str) -> tuple[str, os.stat_result] | None:
        file, status = self.lookup_path(name)
        return (file, status) if status is not None and stat.S_ISREG(status.st_mode) else None


def _file_path(scope: Scope) -> str:
    path: str = scope["path_params"]["path"]
    return str(PurePath(*path.split("/")))


def _asks_for_page(request: Request) -> bool:
    """Whether the client names HTML among what it accepts: a browser that goes to an address, not a script or image."""
    return any(
        kind in _PAGES and quality > 0 for kind, quality in _accepted(request.headers.get("accept", ""))
    )


def _accepted(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        message = Message()
        message["content-type"] = part.strip()
        yield message.get_content_type(), _quality(message.get_param("q"))


def _quality(text: object) -> float:
    try:
        return float(str(text)) if text is not None else 1.0
    except ValueError:
        return 1.0


class FrontendRoute(APIRoute):
    """Files of a directory below a path.

    Attributes:
        files: The directory.
    """

    shows_steps = False  # none of them is the user's

    def __init__(self, path: str, endpoint: FrontendFiles, **options: Unpack[AnyVerbOptions]) -> None:
        options["methods"], options["name"] = _READING, "frontend"
        super().__init__(path + "/{path:path}", endpoint.serve, **options)
        self.files = endpoint

    @cached_property
    def dependant(self) -> Dependant:
        """The dependencies around the files; which file is asked for is no path parameter of theirs."""
        below = self.path_format.removesuffix("/{path}")
        return with_dependencies(get_dependant(path=below, call=self.endpoint), self.dependencies, below)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the path is the frontend's own, with or without a slash, or lies below it."""
        match, child_scope = super().matches(scope)
        if match is Match.NONE and not scope["path"].endswith("/"):
            return super().matches({**scope, "path": scope["path"] + "/"})
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request that matched."""
        if scope["method"] in self.methods:
            await self.app(scope, receive, send)
        else:
            await self.files.refuse(scope)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        """Nothing: a frontend makes its own addresses."""
        raise NoMatchFound(name, path_params)


def most_specific(routes: Iterable[BaseRoute], scope: Scope) -> Found | None:
    """The route with the longest path among those that match, the first of equal ones; None if none does."""
    best, rank = None, (Match.NONE.value, 0)
    for route in routes:
        match, child_scope = route.matches(scope)
        own = (match.value, len(getattr(route, "path", "")))
        if match is not Match.NONE and own > rank:
            best, rank = Found(route, {}, match is Match.FULL, child_scope), own
    return best
