"""The names of `fastapi`, for apps written for it.

Modules that are not here are those of `laneway` itself; `laneway.fastapi.hook` makes `import fastapi.X` find them.
"""

from typing import TYPE_CHECKING

from starlette import status as status

from laneway.background import BackgroundTasks as BackgroundTasks
from laneway.datastructures import UploadFile as UploadFile
from laneway.exceptions import HTTPException as HTTPException
from laneway.exceptions import WebSocketException as WebSocketException
from laneway.fastapi._mirror import find_stand_in
from laneway.fastapi.applications import FastAPI as FastAPI
from laneway.param_functions import Body as Body
from laneway.param_functions import Cookie as Cookie
from laneway.param_functions import Depends as Depends
from laneway.param_functions import File as File
from laneway.param_functions import Form as Form
from laneway.param_functions import Header as Header
from laneway.param_functions import Path as Path
from laneway.param_functions import Query as Query
from laneway.param_functions import Security as Security
from laneway.requests import Request as Request
from laneway.responses import Response as Response
from laneway.routing.router import APIRouter as APIRouter
from laneway.websockets import WebSocket as WebSocket
from laneway.websockets import WebSocketDisconnect as WebSocketDisconnect

__version__ = "0.165.0"
"""The version of FastAPI whose public API is served here."""

if not TYPE_CHECKING:  # a type checker would take any name for a module

    def __getattr__(name: str) -> object:
        """A module by its name: `fastapi.routing` is there after `import fastapi`, as FastAPI's users know it."""
        from importlib import import_module

        found = None if name.startswith("__") else find_stand_in(name)
        if found is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(found.name)
