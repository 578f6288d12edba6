"""Which module stands for which of FastAPI's: ours in this package, else the one of `laneway` with the same name."""

from importlib.machinery import ModuleSpec
from importlib.util import find_spec

PACKAGES = ("laneway.fastapi", "laneway")


def find_stand_in(name: str) -> ModuleSpec | None:
    """The spec of the module that stands for `fastapi.<name>`; None if there is none."""
    return next(filter(None, (_find(f"{package}.{name}") for package in PACKAGES)), None)


def _find(name: str) -> ModuleSpec | None:
    try:
        return find_spec(name)
    except ModuleNotFoundError as error:
        # The package around it does not exist, or is a plain module. Anything else missing is a fault to be seen.
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
