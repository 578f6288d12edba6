"""WebSocket endpoints."""

from typing import Annotated

from laneway import APIRouter, Depends, HTTPException, Query, WebSocket, WebSocketDisconnect

from .effects import Note

router = APIRouter()


def note_of(websocket: WebSocket) -> Note:
    """Writes into the log of the app."""
    note: Note = websocket.app.state.log.append
    return note


Notes = Annotated[Note, Depends(note_of)]


@router.websocket("/echo-socket/{name}")
async def echo(websocket: WebSocket, name: str, note: Notes, times: Annotated[int, Query()] = 1) -> None:
    await websocket.accept(subprotocol="chat" if "chat" in websocket.scope["subprotocols"] else None)
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is not None:
                await websocket.send_text(f"{name}: {message['text'] * times}")
            else:
                await websocket.send_bytes(message["bytes"][::-1])
    finally:
        note("socket closed")


@router.websocket("/json-socket")
async def json(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"x-accepted", b"yes")])
    try:
        while True:
            await websocket.send_json({"got": await websocket.receive_json()})
    except WebSocketDisconnect:
        pass


@router.websocket("/closing-socket")
async def closing(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("bye")
    await websocket.close(4001, "enough")


@router.websocket("/refused-socket")
async def refused(websocket: WebSocket) -> None:
    raise HTTPException(403, "members only")


@router.websocket("/unaccepted-socket")
async def unaccepted(websocket: WebSocket) -> None:
    await websocket.close()
