"""All apps by their names."""

from pathlib import Path
from typing import Any

from laneway import Laneway

from .kitchen import make_kitchen
from .wrapped import WRAPPINGS, make_limited, make_wrapped

UNDER_ROOT = "root path"


def make_app(kind: str, folder: Path) -> Laneway:
    """A fresh app: the name of a wrapping, or another."""
    if kind in WRAPPINGS:
        return make_wrapped(kind, folder)
    return make_limited(folder) if kind == "limited" else make_kitchen(folder)


def server_options(kind: str) -> dict[str, Any]:
    """How its server is configured."""
    return {"root_path": "/api"} if kind == UNDER_ROOT else {}
