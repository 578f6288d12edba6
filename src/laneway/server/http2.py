"""HTTP/2 beside the direct path: each connection is asked which of the two it speaks.

HTTP/2 is uvicorn's (zttp): its requests go through ASGI. HTTP/1.1 on the same address is served directly as ever.
"""

import asyncio
from typing import Any, ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.zttp_h2_impl import ZttpH2Protocol
from uvicorn.server import ServerState

from laneway.body_limit import with_body_limit
from laneway.server.direct.protocol import DirectProtocol

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class EitherProtocol(DirectProtocol):
    """HTTP/1.1 or HTTP/2, as TLS has agreed or as the first bytes tell."""

    alpn_protocols: ClassVar[list[str]] = ["h2", "http/1.1"]  # read by uvicorn

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._first: bytes | None = b""  # what came before it was clear; None since it is

    def _read(self, data: bytes) -> None:
        # The first bytes are waited for even where TLS has told: who never sends any is closed by the sweep.
        if self._first is not None and not self.ending:
            self._first += data
            if not self._is_clear(self._first):
                return
            data, self._first = self._first, None
            if self._is_http2(data):
                self._speak_http2(data)
                return
        super()._read(data)

    def _is_clear(self, first: bytes) -> bool:
        return len(first) >= len(PREFACE) or not PREFACE.startswith(first)

    def _is_http2(self, first: bytes) -> bool:
        tls = self.transport.get_extra_info("ssl_object")
        if tls is not None:
            return bool(tls.selected_alpn_protocol() == "h2")
        return first.startswith(PREFACE)

    def _speak_http2(self, first: bytes) -> None:
        self._leave()
        protocol = ZttpH2Protocol(self.service.config, self.service.state, self._app_state, self.service.loop)
        protocol.app = with_body_limit(protocol.app, self.service.limits.body)
        self.transport.set_protocol(protocol)
        protocol.connection_made(self.transport)
        protocol.data_received(first)
