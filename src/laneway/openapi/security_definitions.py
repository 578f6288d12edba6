"""Security schemes of the components, and which of them an operation needs."""

from typing import Any

from laneway.encoders import jsonable_encoder
from laneway.openapi.requirements import Requirements


def security_schemes(requirements: Requirements) -> dict[str, Any]:
    """The Security Scheme Objects by name."""
    return {
        scheme.scheme_name: jsonable_encoder(scheme.model, by_alias=True, exclude_none=True)
        for scheme, _ in requirements.security
    }


def security_requirements(requirements: Requirements) -> list[dict[str, list[str]]]:
    """One Security Requirement Object per scheme, with every scope that some use of it needs."""
    scopes_by_name: dict[str, list[str]] = {}
    for scheme, scopes in requirements.security:
        known = scopes_by_name.setdefault(scheme.scheme_name, [])
        known += [scope for scope in scopes if scope not in known]
    return [{name: scopes} for name, scopes in scopes_by_name.items()]
