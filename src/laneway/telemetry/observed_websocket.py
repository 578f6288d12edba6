"""A WebSocket that is observed: one span for as long as it is open, no metrics."""

from laneway.telemetry.attributes import Attributes, websocket_attributes
from laneway.telemetry.events import IN_WEBSOCKET
from laneway.telemetry.failures import error_name, is_peaceful_close
from laneway.telemetry.observation import Observation


class ObservedWebSocket(Observation):
    """A WebSocket."""

    happening = IN_WEBSOCKET
    _verb = "WS"

    def _attributes(self) -> Attributes:
        return websocket_attributes(self._scope)

    def reason(self, error: BaseException | None) -> str | None:
        """The error that ended it, unless the client just left."""
        return None if error is None or is_peaceful_close(error) else error_name(error)
