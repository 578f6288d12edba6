"""An HTTP request that is observed: it ends with the last message of its response, before background tasks run."""

from time import perf_counter

from opentelemetry.context import Context
from starlette.types import Message, Receive, Scope, Send

from laneway.telemetry.attributes import OTHER, Attributes, http_attributes, url_attributes
from laneway.telemetry.events import IN_REQUEST
from laneway.telemetry.failures import error_name
from laneway.telemetry.observation import Observation
from laneway.telemetry.providers import Targets


class ObservedRequest(Observation):
    """An HTTP request."""

    happening = IN_REQUEST

    def __init__(
        self, scope: Scope, targets: Targets, *, operations: bool, known_methods: frozenset[str]
    ) -> None:
        self._method = scope["method"] if scope.get("method") in known_methods else OTHER
        self._status: int | None = None
        self._trailers = False
        self._client_left = False
        super().__init__(scope, targets, operations=operations)
        self._begun_with = dict(self.attributes)
        self._begun = perf_counter()

    def _attributes(self) -> Attributes:
        return http_attributes(self._scope, self._method)

    @property
    def _verb(self) -> str:
        return "HTTP" if self._method == OTHER else self._method

    def _details(self) -> Attributes:
        details = {**super()._details(), **url_attributes(self._scope)}
        if self._method == OTHER:
            details["http.request.method_original"] = self._scope.get("method", "")
        return details

    def begin(self) -> Context:
        """Count the request, start its span, and give the context for what happens within it."""
        if self.targets.instruments is not None:
            self.targets.instruments.begin(self._begun_with)
        return super().begin()

    def receiving(self, receive: Receive) -> Receive:
        """`receive` for the app, which notes that the client has left."""

        async def watched() -> Message:
            message = await receive()
            self._client_left = self._client_left or message["type"] == "http.disconnect"
            return message

        return watched

    def sending(self, send: Send) -> Send:
        """`send` for the app, which notes the status and when the response is complete."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = self.attributes["http.response.status_code"] = message["status"]
                self._trailers = message.get("trailers", False)
            await send(message)
            if self._completes(message):
                self.end()

        return watched

    def _completes(self, message: Message) -> bool:
        kind = message["type"]
        if kind == "http.response.body":
            return not self._trailers and not message.get("more_body", False)
        if kind == "http.response.trailers":
            return not message.get("more_trailers", False)
        return bool(kind == "http.response.pathsend")

    def end_early(self) -> None:
        """Close it after the app is done, if its last message did not: the client has not got it all."""
        if not self._ended:
            self.end(
                ConnectionError("Client disconnected")
                if self._client_left
                else RuntimeError("Incomplete ASGI response")
            )

    def reason(self, error: BaseException | None) -> str | None:
        """The exception behind it, else the status, of a response that tells of a fault of the server."""
        if error is None and self._status is not None and self._status < 500:
            return None
        error = error or (self._noted[-1] if self._noted else None)
        return str(self._status) if error is None else error_name(error)

    def _measure(self) -> None:
        if self.targets.instruments is not None:
            seconds = max(0.0, perf_counter() - self._begun)
            self.targets.instruments.end(seconds, self._begun_with, self.attributes)
