"""Response classes: Starlette's, the one for event streams, and two that only exist for old code."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from starlette.responses import FileResponse as FileResponse
from starlette.responses import HTMLResponse as HTMLResponse
from starlette.responses import JSONResponse as JSONResponse
from starlette.responses import PlainTextResponse as PlainTextResponse
from starlette.responses import RedirectResponse as RedirectResponse
from starlette.responses import Response as Response
from starlette.responses import StreamingResponse as StreamingResponse
from typing_extensions import deprecated

from laneway.exceptions import FastAPIDeprecationWarning
from laneway.sse import EventSourceResponse as EventSourceResponse

_NO_LONGER_FASTER = (
    "declare a return type or `response_model` instead: Pydantic then writes the JSON bytes itself"
)


def _load(library: str, wanted_by: str) -> ModuleType:
    """The optional `library`, imported at the first reply that needs it."""
    try:
        return importlib.import_module(library)
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"{wanted_by} needs {library!r}: install it, or use JSONResponse"
        ) from missing


@deprecated(
    f"UJSONResponse is deprecated; {_NO_LONGER_FASTER}", category=FastAPIDeprecationWarning, stacklevel=2
)
class UJSONResponse(JSONResponse):
    """JSON written by `ujson`, which is installed separately."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        text: str = _load("ujson", "UJSONResponse").dumps(content, ensure_ascii=False)
        return text.encode()


@deprecated(
    f"ORJSONResponse is deprecated; {_NO_LONGER_FASTER}", category=FastAPIDeprecationWarning, stacklevel=2
)
class ORJSONResponse(JSONResponse):
    """JSON written by `orjson`, which is installed separately; keys of any type, NumPy arrays."""

    def render(self, content: Any) -> bytes:
        """The bytes of the body."""
        orjson = _load("orjson", "ORJSONResponse")
        body: bytes = orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)
        return body
