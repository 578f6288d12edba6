"""The request of a layer: who reads its body leaves it for what lies within."""

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from laneway.middleware.native.arriving import Arriving, InScope

_GONE: Message = {"type": "http.disconnect"}


class Relayed(Request):
    """A request whose body can be read by a layer and then, again, by the endpoint.

    A layer that has consumed `stream()` leaves nothing but an empty body, as in Starlette.
    """

    _given = False  # all of the body
    _over = False  # and that the client is gone

    # PERF: defaults on the class; Request.__init__ would want a scope, which many layers never look at (2 us).
    _stream_consumed = False
    _is_disconnected = False
    _form = None

    def __init__(self, asked: Arriving, receive: Receive, send: Send) -> None:
        self._asked = asked
        self._receive = self._original = receive
        self._send = send

    @property
    def scope(self) -> Scope:
        """The ASGI scope, made when first asked for."""
        return self._asked.scope

    @scope.setter
    def scope(self, value: Scope) -> None:
        self._asked = InScope(value)

    @property
    def untouched(self) -> bool:
        """Whether the layer has left the body alone."""
        return not (self._stream_consumed or "_body" in self.__dict__ or self._receive is not self._original)

    def consumed_within(self) -> None:
        """Note that what lies within has taken the body, past `relay`."""
        self._stream_consumed = self._given = True

    def begin_again(self) -> None:
        """Let what lies within have the body once more, if the layer has kept it: it may ask twice."""
        if "_body" in self.__dict__:
            self._given = False

    async def relay(self) -> Message:
        """What lies within receives."""
        if self._over:
            return dict(_GONE)
        if self._given:
            return await self._after_the_body()
        if (body := self.__dict__.get("_body")) is not None or self._stream_consumed:
            self._given = True
            return {"type": "http.request", "body": body or b"", "more_body": False}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self._over = self._is_disconnected = True
        elif not message.get("more_body", False):
            self._given = self._stream_consumed = True
        return message

    async def _after_the_body(self) -> Message:
        # The server may still have the body, if it was taken past this.
        while not self._is_disconnected:
            self._is_disconnected = (await self._receive())["type"] == "http.disconnect"
        self._over = True
        return dict(_GONE)
