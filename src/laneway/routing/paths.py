"""Path templates, compiled by Starlette's rules and shared by all routes of the same template."""

import re
from dataclasses import dataclass
from functools import lru_cache

from starlette.convertors import Convertor
from starlette.routing import compile_path


@dataclass(frozen=True, slots=True)
class CompiledPath:
    """A path template such as `/items/{id:int}`.

    Attributes:
        regex: Matches paths; groups are the parameters.
        format: `/items/{id}`.
        convertors: By parameter name.
    """

    regex: re.Pattern[str]
    format: str
    convertors: dict[str, Convertor[object]]


@lru_cache(maxsize=4096)
def compiled_path(path: str) -> CompiledPath:
    """The template compiled.

    Raises:
        ValueError: A parameter is named twice.
    """
    regex, path_format, convertors = compile_path(path)
    return CompiledPath(regex, path_format, convertors)
