"""The application class under FastAPI's name."""

from laneway.app import DocsOptions, Laneway


class FastAPI(Laneway):
    """`Laneway` with the title that FastAPI gives an app which has none."""

    command = "fastapi"

    @classmethod
    def default_docs_options(cls) -> DocsOptions:
        """The title."""
        return {"title": "FastAPI"}
