"""Endpoints in OpenAI's format, asked by OpenAI's own client."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from laneway import HTTPException, Laneway
from laneway.openai import ChatCompletion, ChatRequest, chat_events, chat_reply
from laneway.responses import Response
from laneway.sse import EventSourceResponse, ServerSentEvent
from laneway.stream import ResumableStreams, wire

from .stream_server import PROTOCOLS, Serve, Server, read_until, serving, wait_until

TOKENS = ["Wait", "ing", " is", " half\n", 'the "work" ', "日本", ""]
ANSWER = "".join(TOKENS)
CLIENTS = 50
ASK: list[ChatCompletionMessageParam] = [{"role": "user", "content": "What is waiting?"}]


@pytest.fixture(params=PROTOCOLS.values(), ids=PROTOCOLS)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Serves an app until the test is over."""
    with serving(request.param, lifespan="on") as serve:
        yield serve


class Model:
    """A model that answers as the client names it.

    Attributes:
        running: Answers that are being made.
        closed: Answers that have been given up or ended.
    """

    def __init__(self) -> None:
        self.running = 0
        self.closed = 0
        self.made = 0
        self.app = Laneway()
        self.streams = ResumableStreams()
        self.app.post("/v1/chat/completions", response_model=ChatCompletion)(self.complete)
        self.app.post("/yielding/chat/completions", response_class=EventSourceResponse)(
            self.complete_yielding
        )
        self.app.post("/resumable/chat/completions")(self.complete_resumable)

    async def complete(self, ask: ChatRequest) -> Response:
        return await chat_reply(ask, self.tokens(ask))

    async def complete_yielding(self, ask: ChatRequest) -> AsyncIterator[ServerSentEvent]:
        async for event in chat_events(self.tokens(ask), model=ask.model):
            yield event

    async def complete_resumable(self, ask: ChatRequest) -> EventSourceResponse:
        return EventSourceResponse(chat_events(self.tokens(ask), model=ask.model), resume=self.streams)

    async def tokens(self, ask: ChatRequest) -> AsyncIterator[str]:
        self.running += 1
        try:
            yield "You said: " if ask.model == "parrot" else ""
            if ask.model == "parrot":
                yield ask.messages[-1].text
            elif ask.model == "refusing":
                raise HTTPException(429, "too many tokens")
            elif ask.model == "failing":
                raise RuntimeError("secret")
            elif ask.model == "hurrying":
                while True:
                    self.made += 1
                    yield "x" * 1000
            elif ask.model == "slow":
                await asyncio.sleep(60)
            for token in TOKENS:
                yield token
                await asyncio.sleep(0.05 if ask.model == "pausing" else 0)
        finally:
            self.running -= 1
            self.closed += 1


@pytest.fixture
def model() -> Model:
    return Model()


def client_of(server: Server, prefix: str = "v1") -> openai.OpenAI:
    """A client that asks once."""
    return openai.OpenAI(base_url=f"{server.url}/{prefix}", api_key="none", max_retries=0, timeout=20)


@pytest.mark.parametrize("prefix", ["v1", "yielding", "resumable"])
def test_an_answer_is_streamed_token_by_token(prefix: str, serve: Serve, model: Model) -> None:
    """As it is from each way to write an endpoint."""
    with client_of(serve(model.app), prefix) as client:
        chunks = list(client.chat.completions.create(model="small", messages=ASK, stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert {(chunk.id, chunk.object, chunk.model) for chunk in chunks} == {
        (chunks[0].id, "chat.completion.chunk", "small")
    }


@pytest.mark.parametrize("prefix", ["v1", "resumable"])
def test_comments_that_fill_the_silence_are_no_events(
    prefix: str, serve: Serve, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even after an event with an id, when an empty line would make one for OpenAI's client."""
    monkeypatch.setattr(wire, "PING_INTERVAL", 0.01)
    with client_of(serve(model.app), prefix) as client:
        chunks = list(client.chat.completions.create(model="pausing", messages=ASK, stream=True))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER


def test_an_answer_is_given_whole(serve: Serve, model: Model) -> None:
    with client_of(serve(model.app)) as client:
        answer = client.chat.completions.create(model="small", messages=ASK)

    assert (answer.object, answer.model) == ("chat.completion", "small")
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == (ANSWER, "stop")
    assert answer.choices[0].message.role == "assistant"


def test_messages_of_several_parts_are_read(serve: Serve, model: Model) -> None:
    parts: list[ChatCompletionMessageParam] = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look: "},
                {"type": "image_url", "image_url": {"url": "data:,"}},
                {"type": "text", "text": "a cat"},
            ],
        }
    ]
    with client_of(serve(model.app)) as client:
        answer = client.chat.completions.create(model="parrot", messages=parts, temperature=0.5)

    assert (answer.choices[0].message.content or "").startswith("You said: Look: a cat")


def test_a_model_may_have_any_name(serve: Serve, model: Model) -> None:
    """Also the one that the helper uses inside."""
    with client_of(serve(model.app)) as client:
        chunks = list(client.chat.completions.create(model="the place of a token", messages=ASK, stream=True))

    assert chunks[1].model == "the place of a token"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == ANSWER


@pytest.mark.parametrize(
    ("name", "message"), [("refusing", "too many tokens"), ("failing", "Internal Server Error")]
)
def test_an_error_in_the_middle_is_raised_by_the_client(
    name: str, message: str, serve: Serve, model: Model
) -> None:
    """With what the client may know of it."""
    with client_of(serve(model.app)) as client, pytest.raises(openai.APIError, match=message):
        list(client.chat.completions.create(model=name, messages=ASK, stream=True))


def test_an_error_of_a_whole_answer_has_its_status(serve: Serve, model: Model) -> None:
    with client_of(serve(model.app)) as client, pytest.raises(openai.RateLimitError, match="too many tokens"):
        client.chat.completions.create(model="refusing", messages=ASK)


def test_the_wire_format_is_data_lines_and_done(serve: Serve, model: Model) -> None:
    """What tools that read line by line rely on."""
    body = json.dumps({"model": "small", "messages": ASK, "stream": True})
    headers = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
    with serve(model.app).connect("/v1/chat/completions", headers, "POST") as client:
        client.sendall(body.encode())
        reply = read_until(client, b"0\r\n\r\n")

    assert b"data: [DONE]\n\n" in reply
    assert b"content-type: text/event-stream" in reply
    lines = [line for line in reply.splitlines() if b"chat.completion.chunk" in line]
    assert len(lines) == len(TOKENS) + 3
    assert all(line.startswith(b"data: {") for line in lines)


def test_a_client_that_leaves_ends_the_answer(serve: Serve, model: Model) -> None:
    """Where the model waits: it would be a minute otherwise."""
    with client_of(serve(model.app)) as client:
        stream = client.chat.completions.create(model="slow", messages=ASK, stream=True)
        next(iter(stream))
        stream.close()

        wait_until(lambda: model.closed)
    assert model.running == 0


def test_a_client_that_does_not_read_makes_the_model_wait(serve: Serve, model: Model) -> None:
    """No answer piles up in memory: it stops once what lies between the two is full."""
    with client_of(serve(model.app)) as client:
        stream = client.chat.completions.create(model="hurrying", messages=ASK, stream=True)
        before, same = -1, 0
        pause = threading.Event()
        while same < 3:
            pause.wait(0.1)
            same = same + 1 if model.made == before else 0
            before = model.made
        for _, chunk in zip(range(20_000), stream, strict=False):
            assert chunk.object == "chat.completion.chunk"

        wait_until(lambda: model.made > before)
        stream.close()
    wait_until(lambda: model.closed)


async def ask(client: openai.AsyncOpenAI, name: str) -> str:
    """A streamed answer."""
    stream = await client.chat.completions.create(model=name, messages=ASK, stream=True)
    return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


async def begin_and_leave(client: openai.AsyncOpenAI, all_began: asyncio.Barrier) -> None:
    """Read the first token, wait for all others to have theirs, and go."""
    stream = await client.chat.completions.create(model="slow", messages=ASK, stream=True)
    await anext(aiter(stream))
    await all_began.wait()
    await stream.close()


def test_fifty_clients_at_once_are_all_answered(serve: Serve, model: Model) -> None:
    server = serve(model.app)

    async def crowd() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            return await asyncio.gather(*(ask(client, "small") for _ in range(CLIENTS)))

    assert asyncio.run(crowd()) == [ANSWER] * CLIENTS


def test_fifty_clients_that_leave_free_everything(serve: Serve, model: Model) -> None:
    """Tasks are as few as before, and no answer is being made."""
    server = serve(model.app)
    before = server.on_loop(lambda: len(asyncio.all_tasks()))

    async def crowd() -> None:
        all_began = asyncio.Barrier(CLIENTS)
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client:
            await asyncio.gather(*(begin_and_leave(client, all_began) for _ in range(CLIENTS)))

    asyncio.run(crowd())

    wait_until(lambda: server.on_loop(lambda: len(asyncio.all_tasks())) == before)
    assert (model.running, model.closed) == (0, CLIENTS)
