"""One connection: requests are read, answered in order, and what takes too long is ended."""

import asyncio
from collections import deque
from contextvars import Context
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from laneway.middleware.native.build import Layered
from laneway.plan.compiled import CompiledPlan
from laneway.plan.message import RawResponse
from laneway.server.direct import layers, tasks, upgrade
from laneway.server.direct.drive import BUSY, Raised
from laneway.server.direct.exchange import HIGH_WATER, Exchange
from laneway.server.direct.memo import Memo, memo_of
from laneway.server.direct.notices import warn_of_upgrade
from laneway.server.direct.reader import Incoming, Reader
from laneway.server.direct.refusal import RefusedError
from laneway.server.direct.reply import closing_text
from laneway.server.direct.service import service_of
from laneway.server.direct.wire import Wire

_FULL = b"Service Unavailable"
_TURN = 32  # pipelined requests answered before others have their turn
_MISSES = 4  # heads in a row that were not the one before, from which on nothing is remembered


class DirectProtocol(Wire):
    """HTTP/1.1 for uvicorn's server: `uvicorn.Config(app, http=DirectProtocol)`.

    Attributes:
        requests: Requests that were begun.
        parsed: Those whose head llhttp has read, and that did not need ASGI.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(service_of(config, server_state, app_state, _loop or asyncio.get_event_loop()))
        self._app_state = app_state
        self._reader = Reader(self.service.targets, self.service.limits)
        self.requests = self.parsed = 0
        self._quiet = True  # between two messages, with nothing to answer
        self._before_last = self.service.limits.requests - 1  # requests that do not end the connection
        self._memo: Memo | None = None
        self._misses = 0
        self._current: Exchange | None = None
        self._queue: deque[Exchange] = deque()
        self._half_closed = self._advancing = False

    # -- asyncio's protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        super().connection_made(transport)
        service, most = self.service, self.service.limits.connections
        service.state.connections.add(cast(Any, self))  # typed for uvicorn's own protocols
        service.connections.add(self)
        service.sweep.start()
        if len(service.state.connections) > most:
            self.refuse(RefusedError(503, f"This server has {most} connections, which is all it takes."))

    def data_received(self, data: bytes) -> None:
        """Something has arrived."""
        memo = self._memo
        if memo is not None and self._quiet:
            # PERF: a head that came before is not parsed again (2 us for one field, 4 for 14).
            start = len(data) - memo.size
            if start > 0 and data.startswith(memo.block, start):
                service, line = self.service, data[:start]
                service.look_at_routes()
                target = service.targets.lines.get(line) or service.targets.of_line(line)
                if target is not None:
                    self._misses = 0
                    exchange = Exchange(self, memo.head, target)
                    exchange.body = data[len(data) - memo.body_size :] if memo.body_size else b""
                    self._answer_alone(exchange)
                    return
            self._misses += 1
            if self._misses >= _MISSES:
                self._memo = None
        self._read(data)

    def eof_received(self) -> bool:
        """The client sends no more; whether it still gets its answers."""
        self._half_closed = True
        waits = self._current is not None or bool(self._queue)
        # TLS has no half-closed connections.
        return waits and not self.ending and self.scheme == "http" and self.service.limits.half_close

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        super().connection_lost(exc)
        self._quiet = False
        self._leave()
        self.service.queued -= sum(len(exchange.body or b"") for exchange in self._queue)
        self._queue.clear()
        if self._current is not None:
            self._current.wake()

    def _leave(self) -> None:
        service = self.service
        service.state.connections.discard(cast(Any, self))
        service.connections.discard(self)
        service.served += self.requests
        service.parsed += self.parsed

    def pause_writing(self) -> None:
        """The client does not take what is written."""
        super().pause_writing()
        self._quiet = False

    def resume_writing(self) -> None:
        """The client has taken it."""
        super().resume_writing()
        self._advance()

    def shutdown(self) -> None:
        """The server stops: what was asked is answered, nothing more is taken."""
        self.stopping = True
        if self._current is not None:
            self._current.tell_to_end()
        self.wind_up()

    def wind_up(self) -> None:
        """Let what is being answered or arriving be the last."""
        self._before_last = 0
        if self._current is not None:
            self._current.keep_alive = False
        elif not (self._queue or self._reader.within or self.ending):
            self.transport.close()

    # -- reading

    def _read(self, data: bytes) -> None:
        if self.ending:
            self.discard(data)
            return
        reader = self._reader
        if reader.refused is not None:  # told when it is its turn
            return
        self.service.look_at_routes()
        begun = reader.within
        rest = reader.feed(data)
        arrived = reader.arrived
        if arrived or (reader.within and not begun):  # blank lines begin nothing
            self.since = self.service.sweep.now
        whole = rest is None and self._reader.refused is None and not reader.within
        if whole and self._quiet and len(arrived) == 1:
            self._take_alone(arrived.popleft(), data)
            return
        while arrived:
            self._take(arrived.popleft())
        if rest is not None and reader.refused is None:
            self._change_protocol(rest)
            return
        self._look_at_body()
        self._advance()

    def _take_alone(self, incoming: Incoming, data: bytes) -> None:
        """Answer a request that has arrived in one read, when nothing else is going on."""
        self.parsed += 1
        if self._misses < _MISSES:
            self._memo = memo_of(data, incoming.url, incoming.head)
        exchange = Exchange(self, incoming.head, incoming.target)
        exchange.parsed = True
        exchange.body = incoming.take()
        self._answer_alone(exchange)

    def _take(self, incoming: Incoming) -> None:
        """Queue a request."""
        self.parsed += 1
        self._quiet = False
        exchange = Exchange(self, incoming.head, incoming.target)
        exchange.parsed = True
        if incoming.complete:
            exchange.body = incoming.take()
            self.service.queued += incoming.received
        else:
            exchange.incoming = incoming
        self._queue.append(exchange)

    def _look_at_body(self) -> None:
        """Tell who waits for a body, and read no more than what fits."""
        current, latest, limits = self._current, self._reader.latest, self.service.limits
        if current is not None and current.incoming is not None:
            if self._reader.refused is not None and not current.incoming.complete:
                self._refuse_body(self._reader.refused)
                return
            current.wake()
        if latest is not None and not latest.complete and latest.chunks:
            if current is None and not self._queue:
                latest.chunks.clear()  # its request is answered already
            elif sum(map(len, latest.chunks)) > HIGH_WATER:
                self.pause_reading()
        if len(self._queue) > limits.pipelined or self.service.queued > limits.queued_bodies:
            self.pause_reading()

    def _change_protocol(self, rest: bytes) -> None:
        """Answer a request that would rather speak another protocol."""
        exchange = self._queue[-1]
        alone = self._current is None and len(self._queue) == 1
        if alone and upgrade.is_websocket(exchange, self.service.config):
            self._queue.clear()
            self._leave()
            upgrade.to_websocket(exchange, self.transport, self._app_state, rest)
            return
        warn_of_upgrade(self.service.config)
        # Anything else is ordinary HTTP, whose parser has stopped here (RFC 9110 7.8: a server may ignore it); so is a
        # WebSocket behind requests that have no answer yet.
        self._queue.pop()
        self._reader = Reader(self.service.targets, self.service.limits)
        self._read(upgrade.without_upgrade(exchange) + rest)

    # -- answering

    def _advance(self) -> None:
        """Answer what is next, until something has to be waited for."""
        if self._advancing:  # called from within by an answer that was complete at once
            return
        self._advancing = True
        turns = 0
        while self._current is None and self._queue and not (self.lost or self.write_paused):
            if turns == _TURN:
                self.service.loop.call_soon(self._advance)
                break
            turns += 1
            exchange = self._queue.popleft()
            if exchange.incoming is None:
                self.service.queued -= len(exchange.body or b"")
            elif exchange.incoming.complete:
                exchange.body, exchange.incoming = exchange.incoming.take(), None
            elif self._reader.refused is not None:  # the rest of its body will not come
                self.refuse(self._reader.refused)
                break
            self._begin(exchange)
        self._advancing = False
        if self._current is None and not self._queue and not (self.lost or self.ending):
            self._rest()

    def _rest(self) -> None:
        """There is nothing to answer."""
        reader = self._reader
        if reader.refused is not None:
            self.refuse(reader.refused)
            return
        if self._half_closed or (self.stopping and not reader.within):
            self.transport.close()
            return
        was_quiet, self._quiet = self._quiet, not (reader.within or self.write_paused)
        if self._quiet and not was_quiet:
            self.since = self.service.sweep.now
        self.resume_reading()

    def _begin(self, exchange: Exchange) -> None:
        """Begin to answer a request."""
        self._quiet = False
        self._current = exchange
        self.requests += 1
        if self.requests > self._before_last:
            exchange.keep_alive = False
        service, found = self.service, exchange.target.found
        if service.is_full():
            exchange.reply(RawResponse(503, closing_text(_FULL), _FULL))
            return
        plan = found.route.direct_plan if found is not None else None
        if plan is None:
            self._begin_with_layers(exchange)
        else:
            self._run(exchange, plan, service.context(plan))

    def _begin_with_layers(self, exchange: Exchange) -> None:
        """Begin to answer a request that a plan alone cannot answer: middleware sees it first, or ASGI serves it."""
        service, found = self.service, exchange.target.found
        plan = found.behind.route.direct_plan if isinstance(found, Layered) else None
        context = service.context(plan)
        if plan is None or not isinstance(found, Layered):
            service.asgi += 1
            self.parsed -= exchange.parsed
            if len(exchange.body or b"") > HIGH_WATER:
                self.pause_reading()  # until the app has asked for what is there
            tasks.start(exchange, tasks.through_asgi(service.app, exchange), context)
        elif layers.begin(service.own_app, found, plan, exchange, context):
            self._run(exchange, plan, context)

    def _run(self, exchange: Exchange, plan: CompiledPlan, context: Context) -> None:
        """Let a plan answer."""
        service = self.service
        if plan.immediate and exchange.incoming is None:
            self._conclude(exchange, plan, context, service.driver.run(plan.run, exchange, context))
        else:
            tasks.start(exchange, tasks.with_plan(service.own_app, plan, exchange), context)

    def _conclude(self, exchange: Exchange, plan: CompiledPlan, context: Context, result: Any) -> None:
        """Send what a plan gave, or let a task do what is still to do."""
        app = self.service.own_app
        if type(result) is bytes:
            tasks.reply_json(app, result, plan, exchange, context)
        elif type(result) is Raised:
            tasks.start(exchange, app.answer_error(result.error, plan.path, exchange), context)
        elif result is BUSY:
            tasks.start(exchange, tasks.with_plan(app, plan, exchange), context)
        elif result is None:
            tasks.start(exchange, tasks.generally(app, plan.path, exchange), context)
        else:
            tasks.reply(app, result, plan, exchange, context)

    def _answer_alone(self, exchange: Exchange) -> None:
        """Answer a request when nothing else is going on."""
        found = exchange.target.found
        plan = found.route.direct_plan if found is not None else None
        if (
            plan is None
            or not plan.immediate
            or not exchange.keep_alive
            or self.requests >= self._before_last
            or self.service.most_at_once is not None
        ):
            self._begin(exchange)
            return
        # PERF: what `_begin`, `_conclude`, `Exchange.reply` and `answered` do, for what most requests are.
        service = self.service
        self.requests += 1
        context = service.context(plan)
        result = service.driver.run(plan.run, exchange, context)
        if type(result) is not bytes:
            self._quiet = False
            self._current = exchange
            self._conclude(exchange, plan, context, result)
            return
        self.transport.write(service.replies.json(plan.status, len(result)) + result)
        service.state.total_requests += 1
        self.since = service.sweep.now
        if service.log is not None:
            exchange.status, exchange.sent = plan.status, len(result)
            self._log(exchange)

    def answered(self, exchange: Exchange) -> None:
        """A response is complete."""
        service = self.service
        service.state.total_requests += 1
        if service.log is not None:
            self._log(exchange)
        self._current = None
        if not exchange.keep_alive:
            self._end(exchange)
        elif exchange.incoming is not None:
            exchange.incoming.chunks.clear()
        if self._advancing:
            return
        if self._queue:
            self._advance()
        elif not (self._quiet or self.lost or self.ending):
            self._rest()

    def _end(self, exchange: Exchange) -> None:
        self._queue.clear()
        if exchange.incoming is not None and not exchange.incoming.complete:
            self.linger()  # it still sends its body
        else:
            self.finish()

    def _log(self, exchange: Exchange) -> None:
        head, log = exchange.head, self.service.log
        assert log is not None
        log.add(self.client_of(head), exchange.target, head.version, exchange.status, exchange.sent)

    # -- what takes too long

    def look(self, now: float) -> None:
        """End what takes too long; called by the sweep."""
        if self.overdue_end(now):
            return
        limits, waited, reader = self.service.limits, now - self.since, self._reader
        if self._quiet:
            if waited > (limits.keep_alive if self.requests else limits.first_request):
                self.finish()
        elif reader.in_head and self._current is None:
            if waited > limits.head_time:
                self.refuse(RefusedError(408, f"The head took longer than {limits.head_time:g} seconds."))
        elif reader.within and not self._read_paused:
            self._look_at_slow_body(waited)
        else:
            self._advance()  # there may be room again for bodies

    def _look_at_slow_body(self, waited: float) -> None:
        limits, latest = self.service.limits, self._reader.latest
        received = latest.received if latest is not None else 0
        if waited <= limits.body_time + received / limits.body_rate:
            return
        self._refuse_body(RefusedError(408, "The body took too long."))

    def _refuse_body(self, refusal: RefusedError) -> None:
        if self._current is None and not self._queue:  # it is answered already
            self.finish()
        elif self._current is not None and self._current.responding:
            self.cut()
        else:
            self.refuse(refusal)
            self._quiet = False
            if self._current is not None:
                self._current.wake()
