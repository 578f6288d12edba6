"""Header fields of a response, changed in place as Starlette's `MutableHeaders` does, without its decoding."""

from laneway.types import RawHeaders


def value_of(headers: RawHeaders, name: bytes) -> bytes | None:
    """The first value of a field; None when there is none."""
    for known, value in headers:
        if known == name:
            return value
    return None


def put(headers: RawHeaders, name: bytes, value: bytes) -> None:
    """Set a field; further ones of that name go."""
    places = [index for index, (known, _) in enumerate(headers) if known == name]
    if not places:
        headers.append((name, value))
        return
    for index in reversed(places[1:]):
        del headers[index]
    headers[places[0]] = (name, value)


def put_new(headers: RawHeaders, name: bytes, value: bytes) -> None:
    """Set a field unless there is one."""
    if value_of(headers, name) is None:
        headers.append((name, value))


def drop(headers: RawHeaders, name: bytes) -> None:
    """Remove a field."""
    headers[:] = [field for field in headers if field[0] != name]


def vary_on(headers: RawHeaders, name: bytes) -> None:
    """Say that the response depends on a field of the request."""
    put(headers, b"vary", b", ".join([*(value for known, value in headers if known == b"vary"), name]))
