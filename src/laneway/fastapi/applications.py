"""The application class under FastAPI's name."""

from laneway.app import Laneway


class FastAPI(Laneway):
    """`Laneway` with the title that FastAPI gives an app which has none, and the OpenAPI version that it claims."""

    command = "fastapi"
    title = "FastAPI"
    openapi_version = "3.1.0"  # also for streams, which FastAPI describes with a keyword of 3.2
