"""`Query()`, `Path()`, `Depends()` and their kin, as users write them.

They give the classes of `laneway.params`, typed `Any`, so that `q: str = Query()` satisfies type checkers.
"""

from collections.abc import Sequence
from typing import Any, Unpack

from laneway import params
from laneway.params import BodyOptions, FieldOptions, FormOptions, HeaderOptions
from laneway.types import AnyCallable, DependencyScope, Undefined


def Path(default: Any = ..., **options: Unpack[FieldOptions]) -> Any:  # noqa: N802
    """A parameter read from the path; options in `laneway.params.FieldOptions`."""
    return params.Path(default, **options)


def Query(default: Any = Undefined, **options: Unpack[FieldOptions]) -> Any:  # noqa: N802
    """A parameter read from the query string; options in `laneway.params.FieldOptions`."""
    return params.Query(default, **options)


def Header(default: Any = Undefined, **options: Unpack[HeaderOptions]) -> Any:  # noqa: N802
    """A parameter read from a header; options in `laneway.params.HeaderOptions`."""
    return params.Header(default, **options)


def Cookie(default: Any = Undefined, **options: Unpack[FieldOptions]) -> Any:  # noqa: N802
    """A parameter read from a cookie; options in `laneway.params.FieldOptions`."""
    return params.Cookie(default, **options)


def Body(default: Any = Undefined, **options: Unpack[BodyOptions]) -> Any:  # noqa: N802
    """A parameter read from the JSON body; options in `laneway.params.BodyOptions`."""
    return params.Body(default, **options)


def Form(default: Any = Undefined, **options: Unpack[FormOptions]) -> Any:  # noqa: N802
    """A parameter read from a form field; options in `laneway.params.FormOptions`."""
    return params.Form(default, **options)


def File(default: Any = Undefined, **options: Unpack[FormOptions]) -> Any:  # noqa: N802
    """A parameter read from an uploaded file; options in `laneway.params.FormOptions`."""
    return params.File(default, **options)


def Depends(  # noqa: N802
    dependency: AnyCallable | None = None,
    *,
    use_cache: bool = True,
    scope: DependencyScope | None = None,
    max_concurrency: int | None = None,
    lane: str | None = None,
) -> Any:
    """A parameter that another callable gives; see `laneway.params.Depends`."""
    return params.Depends(
        dependency=dependency, use_cache=use_cache, scope=scope, max_concurrency=max_concurrency, lane=lane
    )


def Security(  # noqa: N802
    dependency: AnyCallable | None = None,
    *,
    scopes: Sequence[str] | None = None,
    use_cache: bool = True,
    scope: DependencyScope | None = None,
    max_concurrency: int | None = None,
    lane: str | None = None,
) -> Any:
    """A dependency that asks for OAuth2 scopes; see `laneway.params.Security`."""
    return params.Security(
        dependency=dependency,
        use_cache=use_cache,
        scope=scope,
        max_concurrency=max_concurrency,
        lane=lane,
        scopes=scopes,
    )
