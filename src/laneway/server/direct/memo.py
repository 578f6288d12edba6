"""A head that came before: identical bytes mean the same, so llhttp need not see them again.

What is remembered is everything from the end of the request line to the blank line, and how long the body was. The next
read is such a request if it ends in exactly these bytes (and a body of that length); its request line is then the rest,
and is read by itself. Only a read that llhttp has accepted as one whole, ordinary message is remembered: a second
message in the same read could otherwise be taken for a body.
"""

from laneway.server.direct.head import Head

_END = b"\r\n"
_BLANK = b"\r\n\r\n"
_LARGEST = 8192


class Memo:
    """A head that llhttp has accepted.

    Attributes:
        block: The bytes from the end of the request line to the end of the head.
        size: Bytes of block and body.
        body_size: Bytes of the body.
        head: What the block means.
    """

    __slots__ = ("block", "body_size", "head", "size")

    def __init__(self, block: bytes, head: Head, body_size: int) -> None:
        self.block = block
        self.head = head
        self.body_size = body_size
        self.size = len(block) + body_size


def memo_of(read: bytes, url: bytes, head: Head) -> Memo | None:
    """The memo of a read that was one whole message; None when it was more or less than that, or is no ordinary one."""
    if head.length is None or not head.keep_alive or head.version != "1.1" or head.expects or head.upgrade:
        return None
    start = read.find(_END)
    end = read.find(_BLANK) + len(_BLANK)
    block = read[start:end]
    whole = len(read) == end + head.length and len(block) <= _LARGEST
    # As many line ends as fields: none of them hides in what llhttp took for something else.
    regular = block.count(_END) == len(head.headers) + 2 and read[:start].endswith(b" " + url + b" HTTP/1.1")
    return Memo(block, head, head.length) if whole and regular else None
