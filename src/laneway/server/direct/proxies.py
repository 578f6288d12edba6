"""The client's address and scheme as trusted proxies tell them, read when somebody asks for the scope."""

from typing import Protocol

from laneway.types import RawHeaders

Address = tuple[str, int]


class Proxies(Protocol):
    """Which proxies are trusted (uvicorn's list)."""

    def __contains__(self, host: str | None) -> bool: ...

    def get_trusted_client_address(self, x_forwarded_for: str) -> tuple[str, int]:
        """The nearest address that is none of theirs."""


def forwarded(
    headers: RawHeaders, client: Address | None, scheme: str, proxies: Proxies
) -> tuple[Address | None, str]:
    """Client and scheme by `X-Forwarded-For` and `X-Forwarded-Proto` of a proxy that is trusted."""
    told: list[bytes] = []
    for name, value in headers:
        if name == b"x-forwarded-for":
            told.append(value)
        elif name == b"x-forwarded-proto":
            said = value.decode("latin-1").strip()
            scheme = said if said in ("http", "https") else scheme
    if told:
        host, port = proxies.get_trusted_client_address(b", ".join(told).decode("latin-1"))
        client = (host, port) if host else client
    return client, scheme
