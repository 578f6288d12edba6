"""Chat completions in OpenAI's wire format, whole or token by token, so that its clients can talk to an app.

The format is that of https://platform.openai.com/docs/api-reference/chat: one choice of text. Tools, several choices and
counts of tokens in a stream are not made here; fields of a request that have no attribute are kept in `model_extra`.
"""

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, nullcontext
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from laneway.exceptions import EndpointContext
from laneway.route_spec import OutputSpec
from laneway.sse import ServerSentEvent
from laneway.stream.chunks import AsyncChunks
from laneway.stream.items import event_encoder, json_text
from laneway.stream.respond import EventStream

DONE = "[DONE]"
"""The data of the last event."""


class ChatMessage(BaseModel):
    """What somebody says."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[dict[str, Any]] | None = None

    @property
    def text(self) -> str:
        """Its text; of several parts, those that are text, joined."""
        if isinstance(self.content, list):
            return "".join(part.get("text", "") for part in self.content)
        return self.content or ""


class ChatRequest(BaseModel):
    """The body of `POST /chat/completions`."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: list[ChatMessage]
    stream: bool | None = False


class Delta(BaseModel):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    """The choice of a chunk."""

    index: int = 0
    delta: Delta
    finish_reason: str | None = None


class ChatCompletionChunk(BaseModel):
    """A part of an answer, the data of one event."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]


class Choice(BaseModel):
    """The choice of a whole answer."""

    index: int = 0
    message: ChatMessage
    finish_reason: str


class Usage(BaseModel):
    """Tokens that were counted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: Usage | None = None


async def chat_reply(request: ChatRequest, tokens: AsyncIterator[str]) -> Response:
    """The reply to a chat request: a stream of events if it asks for one, otherwise JSON.

    If `tokens` raises an HTTPException, the reply says so in OpenAI's form.

    Example:
        @app.post("/v1/chat/completions", response_model=ChatCompletion)
        async def complete(ask: ChatRequest) -> Response:
            return await chat_reply(ask, tokens(ask))

    Args:
        request: The body.
        tokens: The answer, piece by piece. Closed as soon as the client of a stream leaves.
    """
    if not request.stream:
        return await _whole_reply(request, tokens)
    chunks = AsyncChunks(chat_events(tokens, model=request.model), _encode)
    events = EventStream(chunks)
    events.chunks = chunks
    return events


async def _whole_reply(request: ChatRequest, tokens: AsyncIterator[str]) -> Response:
    try:
        completion = await chat_completion(tokens, model=request.model)
    except HTTPException as error:
        return JSONResponse({"error": _told(error)}, error.status_code, error.headers)
    return Response(completion.model_dump_json(exclude_none=True), media_type="application/json")


async def chat_completion(
    tokens: AsyncIterator[str], *, model: str, finish_reason: str = "stop", usage: Usage | None = None
) -> ChatCompletion:
    """A whole answer, once all of it is there.

    Args:
        tokens: The answer, piece by piece.
        model: The model that the client is told.
        finish_reason: Why it ends: `stop`, or `length` if it was cut off.
        usage: Tokens, if they are counted.
    """
    async with _closing(tokens):
        message = ChatMessage(role="assistant", content="".join([token async for token in tokens]))
    choice = Choice(message=message, finish_reason=finish_reason)
    return ChatCompletion(id=_new_id(), created=int(time.time()), model=model, choices=[choice], usage=usage)


async def chat_events(
    tokens: AsyncIterator[str], *, model: str, finish_reason: str = "stop"
) -> AsyncIterator[ServerSentEvent]:
    """The events of an answer: `chat.completion.chunk`, one for each token, then `[DONE]`.

    For an endpoint with `response_class=EventSourceResponse`, or with `resume=` for a stream that survives its client.
    If `tokens` raises, the last event is an `error`, which OpenAI's clients raise; an HTTPException ends the stream
    with it, anything else is raised here as well.

    Args:
        tokens: The answer, piece by piece.
        model: The model that the client is told.
        finish_reason: Why it ends: `stop`, or `length` if it was cut off.
    """
    chunk_id, created = _new_id(), int(time.time())

    def event(delta: Delta, reason: str | None = None) -> str:
        choice = ChunkChoice(index=0, delta=delta, finish_reason=reason)
        chunk = ChatCompletionChunk(
            id=chunk_id, object=_CHUNK, created=created, model=model, choices=[choice]
        )
        return chunk.model_dump_json(exclude_unset=True)  # clients tell an absent field from null

    # PERF: all chunks are alike but for their token; a model for each would cost 3 us.
    before, _, after = event(Delta(content=_PLACE)).rpartition(json_text(_PLACE))
    yield ServerSentEvent(raw_data=event(Delta(role="assistant", content="")))
    try:
        async with _closing(tokens):
            async for token in tokens:
                yield ServerSentEvent(raw_data=before + json_text(token) + after)
    except Exception as error:
        yield ServerSentEvent(raw_data=json_text({"error": _told(error)}))
        if not isinstance(error, HTTPException):
            raise
        return
    yield ServerSentEvent(raw_data=event(Delta(), finish_reason))
    yield ServerSentEvent(raw_data=DONE)


_CHUNK: Final = "chat.completion.chunk"
_PLACE: Final = "the place of a token"
_encode = event_encoder(OutputSpec(), EndpointContext)


def _closing(tokens: Any) -> Any:
    """Closes an iterator that can be closed."""
    return aclosing(tokens) if hasattr(tokens, "aclose") else nullcontext()


def _told(error: Exception) -> dict[str, Any]:
    """What a client may know of an error."""
    if isinstance(error, HTTPException):
        kind = "server_error" if error.status_code >= 500 else "invalid_request_error"
        return {"message": error.detail, "type": kind, "code": error.status_code}
    return {"message": "Internal Server Error", "type": "server_error", "code": 500}


def _new_id() -> str:
    return f"chatcmpl-{secrets.token_hex(12)}"
