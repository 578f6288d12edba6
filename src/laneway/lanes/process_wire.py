"""Calls and replies as bytes, on the lane's side."""

import io
import mmap
import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast

from laneway.lanes.errors import RemoteError, RemoteTraceback, UnpicklableError
from laneway.lanes.process_check import check_picklable, function_name
from laneway.lanes.process_worker import FAILED, HEADER, Failure

# Pickling and unpickling more than this happens in a thread: it may block the loop for milliseconds.
LARGE_BYTES = 512 * 1024

FEW = 16
GLANCE_BYTES = LARGE_BYTES // FEW // 4  # a character takes up to four
_NUMBERS = frozenset({bool, float, int, type(None)})

Body = memoryview | mmap.mmap


class TooLargeError(Exception):
    """The pickle of a call grows beyond `LARGE_BYTES`; pickle it in a thread."""


class _Bounded:
    """A file for a pickler that refuses to grow: whether something is large cannot be told beforehand."""

    __slots__ = ("_room", "parts")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._room = LARGE_BYTES

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise TooLargeError
        self.parts.append(data)
        return len(data)


def encode(function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]) -> bytes:
    """The message that makes a worker call `function`.

    Raises:
        TooLargeError: Use `encode_large` in a thread.
        UnpicklableError: The function or an argument cannot be pickled.
    """
    try:
        body = _pickled((function, args, kwargs), small=_are_small(args) and _are_small(kwargs.values()))
    except TooLargeError:
        raise
    except Exception as error:
        raise _explained(error, function) from error
    return HEADER.pack(len(body), 0) + body


def _pickled(content: object, *, small: bool) -> bytes:
    if small:  # PERF: a third of the time of what follows
        return pickle.dumps(content, 5)
    file = _Bounded()
    pickle.Pickler(file, 5).dump(content)
    return b"".join(file.parts)


def _are_small(values: Collection[object]) -> bool:
    """Whether all of a few values are seen at a glance to be small."""
    return len(values) <= FEW and all(map(_is_small, values))


def _is_small(value: object) -> bool:
    kind = type(value)
    return kind in _NUMBERS or ((kind is str or kind is bytes) and len(value) <= GLANCE_BYTES)  # type: ignore[arg-type]


def encode_large(
    function: Callable[..., object], args: Sequence[object], kwargs: Mapping[str, object]
) -> memoryview:
    """The same message without a limit of its size.

    Raises:
        UnpicklableError: The function or an argument cannot be pickled.
    """
    file = io.BytesIO()
    file.write(HEADER.pack(0, 0))
    try:
        pickle.Pickler(file, 5).dump((function, args, kwargs))
    except Exception as error:
        raise _explained(error, function) from error
    message = file.getbuffer()
    HEADER.pack_into(message, 0, len(message) - HEADER.size, 0)
    return message


def _explained(error: Exception, function: Callable[..., object]) -> UnpicklableError:
    try:
        check_picklable(function)
    except UnpicklableError as explained:
        return explained
    name = function_name(function)
    return UnpicklableError(
        f"an argument of {name}",
        f"{error}; pass plain data, and open files, locks and connections inside the function",
    )


def room_for(length: int) -> Body:
    """A buffer for a reply; a large one comes from the kernel, which fills it with zeros only where it is touched."""
    return mmap.mmap(-1, length) if length > LARGE_BYTES else memoryview(bytearray(length))


def decode(flags: int, body: Body, function: Callable[..., object]) -> object:
    """The result in a reply; raises what the function raised."""
    try:
        content = pickle.loads(body)  # noqa: S301 - written by our own worker
    except Exception as error:
        name = function_name(function)
        raise UnpicklableError(f"the result of {name}", f"it cannot be rebuilt here: {error}") from error
    finally:
        if isinstance(body, mmap.mmap):
            body.close()
    if flags & FAILED:
        raise _rebuilt(cast(Failure, content), function)
    return content


def _rebuilt(failure: Failure, function: Callable[..., object]) -> Exception:
    pickled, kind, text, trace = failure
    error: Exception
    if not kind:
        error = UnpicklableError(f"the call of {function_name(function)}", text)
    elif pickled is None or (loaded := _load_exception(pickled)) is None:
        error = RemoteError(function_name(function), kind, text)
    else:
        error = loaded
    error.__cause__ = RemoteTraceback(trace)
    return error


def _load_exception(pickled: bytes) -> Exception | None:
    try:
        return cast(Exception, pickle.loads(pickled))  # noqa: S301 - written by our own worker
    except Exception:  # noqa: BLE001 - it travels as text, too
        return None
