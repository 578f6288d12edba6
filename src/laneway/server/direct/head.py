"""Header fields of a request: what they mean for its framing and its connection (RFC 9112).

llhttp has framed the message and refused what is malformed; here is what it lets pass.
"""

from dataclasses import dataclass

from laneway.server.direct.refusal import RefusedError
from laneway.server.limits import Limits
from laneway.types import RawHeaders

_DIGITS = frozenset(b"0123456789")


@dataclass(slots=True, eq=False)
class Head:
    """The header fields of a request.

    Attributes:
        headers: In wire order, names in lower case.
        version: `1.1` or `1.0`.
        keep_alive: Whether the connection stays open afterwards.
        length: Bytes of the body; None when it comes in chunks.
        expects: Whether the client waits for `100 Continue` before it sends the body.
        upgrade: The protocol that the client would rather speak, in lower case; empty when none.
    """

    headers: RawHeaders
    version: str = "1.1"
    keep_alive: bool = True
    length: int | None = 0
    expects: bool = False
    upgrade: bytes = b""


def read_head(
    headers: RawHeaders, fields: dict[bytes, bytes], version: str, keep_alive: bool, limits: Limits
) -> Head:
    """What header fields mean.

    Args:
        headers: In wire order.
        fields: The same by name; of repeated ones the last.
        version: `1.1` or `1.0`.
        keep_alive: What llhttp says of the connection.
        limits: What is allowed.

    Raises:
        RefusedError: They are too many, contradict each other, or ask for what is not to be had.
    """
    if len(headers) > limits.header_count:
        raise RefusedError(431, f"More than {limits.header_count} header fields.")
    if len(fields) != len(headers):
        _refuse_repeated(headers)
    if b"host" not in fields and version == "1.1":
        raise RefusedError(400, "A request needs a Host header field.")
    # HTTP/1.0 would have to be told that its connection stays open; it is simply closed.
    head = Head(headers, version, keep_alive and version == "1.1")
    # PERF: most requests have none of the rest.
    if len(fields) > 1:
        head.length = _length(fields, version, limits)
        if b"expect" in fields:
            head.expects = fields[b"expect"].lower() == b"100-continue"
        if b"upgrade" in fields and b"upgrade" in _tokens(fields.get(b"connection", b"")):
            head.upgrade = fields[b"upgrade"].lower().strip()
    return head


def _refuse_repeated(headers: RawHeaders) -> None:
    names = [name for name, _ in headers]
    if names.count(b"host") > 1:
        raise RefusedError(400, "A request has one Host header field, not several.")
    if names.count(b"transfer-encoding") > 1:
        raise RefusedError(501, "The only transfer coding is 'chunked'.")


def _length(fields: dict[bytes, bytes], version: str, limits: Limits) -> int | None:
    coding = fields.get(b"transfer-encoding")
    if coding is not None:
        if version == "1.0":
            raise RefusedError(400, "HTTP/1.0 has no Transfer-Encoding.")
        if coding.lower().strip() != b"chunked":
            raise RefusedError(501, "The only transfer coding is 'chunked'.")
        return None
    sent = fields.get(b"content-length")
    if sent is None:
        return 0
    if not _DIGITS.issuperset(sent):
        raise RefusedError(400, "Content-Length is no number.")
    length = int(sent) if len(sent) < 20 else limits.body + 1
    if length > limits.body:
        raise RefusedError(413, f"The body is larger than {limits.body} bytes.")
    return length


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip().lower() for token in value.split(b",")]
