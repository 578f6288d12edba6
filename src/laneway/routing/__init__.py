"""Routes and routers: which endpoint serves a path, and with which options."""

from laneway.routing.contexts import RouteContext as RouteContext
from laneway.routing.contexts import iter_route_contexts as iter_route_contexts
from laneway.routing.route import APIRoute as APIRoute
from laneway.routing.router import APIRouter as APIRouter
from laneway.routing.serve import request_response as request_response
from laneway.routing.serve import websocket_session as websocket_session
from laneway.routing.unique_id import generate_unique_id as generate_unique_id
from laneway.routing.websocket_route import APIWebSocketRoute as APIWebSocketRoute
