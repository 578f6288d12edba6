"""Operation ids."""

import re
from typing import Protocol


class Named(Protocol):
    """What an operation id is made from."""

    name: str
    path_format: str
    methods: set[str]


def generate_unique_id(route: Named) -> str:
    """`read_item_items__item_id__get` for the function read_item at GET /items/{item_id}."""
    identifier = re.sub(r"\W", "_", f"{route.name}{route.path_format}")
    return f"{identifier}_{next(iter(route.methods)).lower()}"
