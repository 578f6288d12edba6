"""Two questions that an orchestrator asks: does the process answer, and should it get requests?

from laneway.health import health_routes

health_routes(app)  # GET /healthz and GET /readyz
"""

from laneway.health.routes import Health as Health
from laneway.health.routes import State as State
from laneway.health.routes import health_routes as health_routes
