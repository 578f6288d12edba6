"""`GET /metrics`, what Prometheus asks."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from laneway.app import Laneway
from laneway.metrics.optional import needed_by
from laneway.metrics.snapshot import Source
from laneway.params import Depends

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

INSTALL = 'pip install "laneway[metrics]"'


def prometheus(
    app: Laneway,
    *,
    path: str = "/metrics",
    dependencies: Sequence[Depends] = (),
    registry: "CollectorRegistry | None" = None,
) -> None:
    """Serve the numbers of an app's lanes and event loop to Prometheus.

    Nothing is counted for it: an answer is made from what lanes and guard know anyway. It is made on the event loop,
    so that it comes also when every lane is full. The route is not in the OpenAPI document.

    Args:
        app: The app. What its lanes did is in the answer, and what the guard of its process saw.
        path: Where the numbers are.
        dependencies: Called first, for instance to ask for a password; those of the whole app apply as well.
        registry: What else to answer with; when absent, the registry in which `prometheus_client` keeps metrics of
            your own, of the process and of Python.

    Raises:
        MissingPackageError: prometheus_client is not installed.
    """
    with needed_by("laneway.metrics.prometheus", "prometheus_client", INSTALL):
        from prometheus_client import REGISTRY

        from laneway.metrics.collector import exposed
    others = REGISTRY if registry is None else registry
    source = Source(app.lanes)

    async def read_metrics(request: Request) -> Response:
        content, content_type = exposed(source, others, request.headers.get("accept", ""))
        return Response(content, headers={"content-type": content_type, "cache-control": "no-store"})

    app.add_api_route(
        path, read_metrics, methods=["GET"], dependencies=dependencies, include_in_schema=False, lane="loop"
    )
