"""How the options of a route meet those of the routers and includes around it: one rule for each."""

from collections.abc import Callable
from typing import Any, TypeAlias

from laneway.form_limits import checked_form_limits
from laneway.routing.options import RouteDefaults, Surroundings, first_chosen

Rule: TypeAlias = Callable[[Any, Any], Any]
"""From what stands around and what stands nearer to what holds for the nearer."""


def _both_lists(around: Any, nearer: Any) -> list[Any]:
    return [*(around or ()), *(nearer or ())]


def _both_mappings(around: Any, nearer: Any) -> dict[Any, Any]:
    return {**(around or {}), **(nearer or {})}


def _nearest(around: Any, nearer: Any) -> Any:
    return around if nearer is None else nearer


def _chosen(around: Any, nearer: Any) -> Any:
    return first_chosen(nearer, around)


RULES: dict[str, Rule] = {
    "prefix": lambda around, nearer: around + nearer,
    "tags": _both_lists,
    "dependencies": _both_lists,
    "responses": _both_mappings,
    "raises": _both_lists,
    "callbacks": _both_lists,
    "deprecated": lambda around, nearer: nearer or around,
    "include_in_schema": lambda around, nearer: nearer and around,
    "default_response_class": _chosen,
    "generate_unique_id_function": _chosen,
    "strict_content_type": _chosen,
    "max_body_size": _nearest,
    "form_limits": _both_mappings,
    "lane": lambda around, nearer: nearer or around,
    "timeout": _nearest,
    "cancel_on_disconnect": _nearest,
    "layers": lambda around, nearer: (*around, *nearer),
}
"""By the name of the option in `Surroundings`."""

_OWN_NAMES = {"prefix": "path", "default_response_class": "response_class", "lane": "default_lane"}
"""What routes call an option of another name."""

_KNOWN_TO_ALL = (
    "tags",
    "dependencies",
    "responses",
    "callbacks",
    "deprecated",
    "include_in_schema",
    "default_response_class",
    "generate_unique_id_function",
    "strict_content_type",
    "max_body_size",
)
"""Options that every class of routes takes; those of users may not know newer ones."""

_CHOICES = ("default_response_class", "generate_unique_id_function", "strict_content_type")
"""Options that the including router asks the included one for, once more: it may have been told since."""


def around_include(own: Surroundings, here: Surroundings, included: Surroundings) -> Surroundings:
    """What an include puts around the routes of a router.

    Args:
        own: Options of the including router.
        here: Those of the include.
        included: Those of the included router, whose limits hold for its mounts, too.
    """
    outer = Surroundings({})
    for name, rule in RULES.items():
        setattr(outer, name, rule(getattr(own, name), getattr(here, name)))
    for name in ("max_body_size", "form_limits"):
        setattr(outer, name, RULES[name](getattr(outer, name), getattr(included, name)))
    return outer


def options_within(around: Surroundings, own: dict[str, Any]) -> dict[str, Any]:
    """The keyword options of a route, those of its router added.

    Args:
        around: Options of the router.
        own: Those given to the decorator.
    """
    options = dict(own)
    for name in _KNOWN_TO_ALL:
        known_as = _OWN_NAMES.get(name, name)
        given = own.get(known_as, getattr(RouteDefaults, known_as))
        options[known_as] = RULES[name](getattr(around, name), given)
    if limits := {**around.form_limits, **checked_form_limits(own.get("form_limits"))}:
        options["form_limits"] = limits
    return options


def take_from_router(route: Any, around: Surroundings) -> None:
    """Give a declared route what its class may not have been told by its router."""
    route.default_lane = around.lane
    for name in ("raises", "timeout", "cancel_on_disconnect"):
        setattr(route, name, RULES[name](getattr(around, name), getattr(route, name)))
    if around.layers:
        route.stand_behind(around.layers)


def attributes_within(route: Any, outer: Surroundings, declaring: Surroundings) -> dict[str, Any]:
    """The attributes of a route that an include changes.

    Args:
        route: The route as declared.
        outer: What the include puts around it.
        declaring: Options of the router that declared it.
    """
    attributes: dict[str, Any] = {}
    for name, rule in RULES.items():
        known_as = _OWN_NAMES.get(name, name)
        own = getattr(route, known_as)
        if name in _CHOICES:
            own = first_chosen(own, getattr(declaring, name))
        attributes[known_as] = rule(getattr(outer, name), own)
    return attributes
