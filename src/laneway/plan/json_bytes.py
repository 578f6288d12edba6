"""Any result as JSON, as `JSONResponse(jsonable_encoder(result))` would send it.

Plain data go from Python to bytes in one step: with orjson where it is installed (extra `standard`), else with the C
encoder of the standard library. What those cannot say, or would say differently, goes the thorough way. Both give the
same bytes but for floats under 0.0001 in size, which orjson writes as pydantic-core does (`0.00001` for `1e-05`).
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
from types import GeneratorType
from typing import Any

from pydantic_core import to_json
from starlette.responses import JSONResponse

from laneway.encoders import jsonable_encoder

_UNDERSCORE = ord("_")


def _encode_repeatable(obj: Any) -> Any:
    # What is read once must not be read in an attempt that may end in the thorough way, which would find it empty.
    if isinstance(obj, GeneratorType):
        raise TypeError("a generator can be read only once")
    return list(obj) if isinstance(obj, set | frozenset | deque) else jsonable_encoder(obj)


def _make_encode() -> Callable[[Any, int], Iterable[str]]:
    """A function that gives the JSON of a value in pieces; its second argument is 0."""
    encoder = json.JSONEncoder(
        check_circular=False,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=_encode_repeatable,
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:  # an interpreter without the C accelerator
        return lambda content, _: (encoder.encode(content),)
    # PERF: JSONEncoder.encode makes this object anew for every call (1.1 -> 0.5 us for a small dict).
    pieces: Callable[[Any, int], Iterable[str]] = make(
        None, encoder.default, json.encoder.encode_basestring, None, ":", ",", False, False, False
    )
    return pieces


_encode = _make_encode()


def standard_json_bytes(content: Any) -> bytes:
    """The JSON of a result by the standard library.

    Raises:
        ValueError: A float is not finite; JSON cannot say that.
    """
    # PERF: plain data need no pass of jsonable_encoder before; the encoder calls it for what it does not know.
    try:
        body = "".join(_encode(content, 0)).encode()
    except Exception:  # noqa: BLE001  # a key that JSON has no name for, a generator, what SQLAlchemy keeps in a row
        return _thorough(content)
    return _thorough(content) if _has_bookkeeping(body) else body


def _has_bookkeeping(body: bytes) -> bool:
    """Whether there may be keys of SQLAlchemy's, which do not go out; rare enough to look for afterwards."""
    # PERF: one byte is looked for first, at a third of the cost of four.
    return body.find(_UNDERSCORE) >= 0 and b'"_sa' in body


def _thorough(content: Any) -> bytes:
    return bytes(JSONResponse(jsonable_encoder(content)).body)


def _orjson_bytes() -> Callable[[Any], bytes] | None:
    """The same with orjson; None where it is not installed."""
    try:
        import orjson
    except ImportError:
        return None
    dumps = orjson.dumps
    # Of what orjson knows and FastAPI writes differently, the encoder is asked.
    asked = (
        orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
    )

    def json_bytes(content: Any) -> bytes:
        # PERF: 0.3 us for a small dict against 0.8; half a microsecond is a tenth of what a request costs us.
        try:
            body = dumps(content, None, asked)
        except Exception:  # noqa: BLE001  # there is something in it that somebody has to be asked about
            return asking_json_bytes(content)
        # A float that is not finite becomes null here, an error with the standard library. So where there is a null,
        # pydantic-core must see it, too.
        if b"null" in body and to_json(content) != body:
            return standard_json_bytes(content)
        # PERF: one byte is looked for first, at a third of the cost of four; a call of `_has_bookkeeping` costs as much.
        return _thorough(content) if body.find(_UNDERSCORE) >= 0 and b'"_sa' in body else body

    def asking_json_bytes(content: Any) -> bytes:
        try:
            body = dumps(content, _encode_repeatable, asked)
        except Exception:  # noqa: BLE001  # as in `standard_json_bytes`, and integers of more than 64 bits
            return standard_json_bytes(content)
        if b"null" in body:  # pydantic-core would not see what the encoder was asked about as we do
            return standard_json_bytes(content)
        return _thorough(content) if _has_bookkeeping(body) else body

    return json_bytes


json_bytes: Callable[[Any], bytes] = _orjson_bytes() or standard_json_bytes
"""The JSON of any result. Raises ValueError for a float that is not finite."""
