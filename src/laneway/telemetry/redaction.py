"""Query strings without the secrets that cloud storage puts in them."""

from urllib.parse import parse_qsl, urlencode

REDACTED = "REDACTED"

SECRETS = frozenset(
    {
        "sig",  # Azure
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Goog-Signature",
    }
)
"""Parameters whose values are credentials, case-sensitive.

https://opentelemetry.io/docs/specs/semconv/registry/attributes/url/ (url.query)
"""


def redacted_query(query: bytes) -> str:
    """The query string with the values of credentials replaced.

    Example:
        >>> redacted_query(b"page=2&sig=abc")
        'page=2&sig=REDACTED'
    """
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, REDACTED if name in SECRETS else value) for name, value in pairs])
