"""What the dependencies of an endpoint ask of a request, as one flat value."""

from dataclasses import dataclass, field

from laneway.dependant import Dependant
from laneway.fields import ModelField
from laneway.security.base import SecurityBase
from laneway.types import DependencyCacheKey


@dataclass(slots=True)
class Requirements:
    """Parameters of the whole tree by their place, and its security schemes with the scopes they need.

    A dependency used twice counts once, as it is called once.
    """

    path: list[ModelField] = field(default_factory=list)
    query: list[ModelField] = field(default_factory=list)
    header: list[ModelField] = field(default_factory=list)
    cookie: list[ModelField] = field(default_factory=list)
    security: list[tuple[SecurityBase, list[str]]] = field(default_factory=list)
    # A list, for callables need not be hashable.
    _seen: list[DependencyCacheKey] = field(default_factory=list)

    @classmethod
    def of(cls, endpoint: Dependant) -> "Requirements":
        """Everything from the endpoint down, in the order of calls."""
        result = cls()
        result._add(endpoint, [], is_endpoint=True)
        return result

    def _add(self, node: Dependant, scopes_above: list[str], *, is_endpoint: bool = False) -> None:
        key = node.cache_key
        if key in self._seen:
            return
        self._seen.append(key)
        self.path += node.path_params
        self.query += node.query_params
        self.header += node.header_params
        self.cookie += node.cookie_params
        scopes = list(dict.fromkeys([*scopes_above, *node.oauth_scopes]))
        scheme = None if is_endpoint else node.security_scheme
        if scheme is not None:
            self.security.append((scheme, scopes))
        for dependency in node.dependencies:
            self._add(dependency, scopes)
