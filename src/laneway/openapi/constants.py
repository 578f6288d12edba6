"""Fixed strings of the OpenAPI document."""

# RFC 9110 gives GET, HEAD and DELETE bodies no meaning but forbids none, and OpenAPI can describe them.
METHODS_WITH_BODY = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "QUERY"}

REF_PREFIX = "#/components/schemas/"
REF_TEMPLATE = "#/components/schemas/{model}"
