"""What can be wrong with a request that is well formed; `main.py` turns these into replies."""


class CatalogueError(Exception):
    """Base of the catalogue's errors; the message is for the client."""

    status = 400


class ProductNotFoundError(CatalogueError):
    """There is no such product, or it has no picture."""

    status = 404


class NameTakenError(CatalogueError):
    """Another product has that name."""

    status = 409


class PictureError(CatalogueError):
    """The file is no picture that browsers show."""

    status = 415
