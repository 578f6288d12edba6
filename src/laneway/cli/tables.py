"""The options of single commands; those that commands share are in `laneway.server.options`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from laneway.server.options import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesOptions:
    """How `laneway routes` prints."""

    json: Annotated[bool, Option("Print JSON for programs.", configurable=False)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainOptions:
    """What `laneway explain` explains."""

    route: Annotated[
        str,
        Option(
            'The route: "GET /items/{id}" or a path it serves, "GET /items/5".',
            positional=True,
            configurable=False,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAPIOptions:
    """Where `laneway openapi` writes."""

    output: Annotated[
        Path | None, Option("File to write instead of standard output.", short="-o", configurable=False)
    ] = None
