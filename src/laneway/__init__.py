"""Laneway: a web framework for typed HTTP APIs."""

from starlette import status as status

from laneway.app import Laneway as Laneway
from laneway.background import BackgroundTasks as BackgroundTasks
from laneway.check.allow import allow_blocking as allow_blocking
from laneway.datastructures import UploadFile as UploadFile
from laneway.exceptions import HTTPException as HTTPException
from laneway.exceptions import WebSocketException as WebSocketException
from laneway.param_functions import Body as Body
from laneway.param_functions import Cookie as Cookie
from laneway.param_functions import Depends as Depends
from laneway.param_functions import File as File
from laneway.param_functions import Form as Form
from laneway.param_functions import Header as Header
from laneway.param_functions import Path as Path
from laneway.param_functions import Query as Query
from laneway.param_functions import Security as Security
from laneway.problem import Problem as Problem
from laneway.requests import Request as Request
from laneway.responses import Response as Response
from laneway.routing.router import APIRouter as APIRouter
from laneway.uploads import UploadLimits as UploadLimits
from laneway.uploads import UploadPart as UploadPart
from laneway.uploads import UploadParts as UploadParts
from laneway.websockets import WebSocket as WebSocket
from laneway.websockets import WebSocketDisconnect as WebSocketDisconnect

__version__ = "0.1.0"
