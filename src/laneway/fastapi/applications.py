"""The application class under FastAPI's name."""

from laneway.app import Laneway


class FastAPI(Laneway):
    """`Laneway` with the title that FastAPI gives an app which has none."""

    command = "fastapi"
    title = "FastAPI"
