"""Parsing of the Authorization header."""


def get_authorization_scheme_param(authorization_header_value: str | None) -> tuple[str, str]:
    """Return scheme and credentials: `"Bearer abc"` gives `("Bearer", "abc")`; what is missing is `""`."""
    scheme, _, credentials = (authorization_header_value or "").partition(" ")
    return scheme, credentials.strip()
