"""The options of single commands; those that commands share are in `laneway.server.options`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from laneway.server.options import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesOptions:
    """How `laneway routes` prints."""

    json: Annotated[bool, Option("Print JSON for programs.", configurable=False)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanesOptions:
    """How `laneway lanes` prints."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """How `laneway check` prints, and what makes it fail."""

    format: Annotated[Literal["text", "github", "json"], Option("For whom to print.", configurable=False)] = (
        "text"
    )
    strict: Annotated[
        bool, Option("Fail also for calls that are harmless when small.", configurable=False)
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What `laneway worker` works on."""

    queue: Annotated[
        list[str], Option("Queue to look into, repeatable; all of them by default.", configurable=False)
    ] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopOptions:
    """What `laneway top` asks, and how it shows the answers."""

    url: Annotated[
        str,
        Option(
            "The running app: 127.0.0.1:8000, or where its metrics are.", positional=True, configurable=False
        ),
    ] = "http://127.0.0.1:8000"
    once: Annotated[bool, Option("Show the numbers of this moment and end.", configurable=False)] = False
    json: Annotated[bool, Option("Print one line of JSON per answer.", configurable=False)] = False
    interval: Annotated[int, Option("Seconds between two questions.", configurable=False)] = 1
    header: Annotated[
        list[str],
        Option('Header to send along, repeatable: "Authorization: Bearer ...".', configurable=False),
    ] = field(default_factory=list)
