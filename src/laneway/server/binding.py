"""The listening socket, made before the server so that its address can be shown and shared by processes."""

import socket
import stat
import sys
from pathlib import Path

from laneway.exceptions import LanewayError
from laneway.server.options import ServeOptions

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - names the addresses, binds nothing


class CannotListenError(LanewayError):
    """The address is taken, is not this machine's, or needs rights that the process does not have."""


def bind(options: ServeOptions) -> socket.socket:
    """A socket bound to the address of the options; it listens when a server starts with it.

    Raises:
        CannotListenError: The operating system refused; the message has the address and its reason.
    """
    if options.fd is not None:
        return inherited(options.fd)
    try:
        return bind_unix(options.uds) if options.uds else bind_tcp(options.host, options.port)
    except (OSError, OverflowError) as error:
        address = options.uds or f"{options.host}:{options.port}"
        way_out = "another --uds" if options.uds else "another --port (0 takes any free one) or --host"
        raise CannotListenError(f"cannot listen on {address}: {reason(error)}; choose {way_out}") from None


def inherited(number: int) -> socket.socket:
    """The listening socket with that number, from systemd or another parent."""
    try:
        return socket.socket(fileno=number)
    except OSError as error:
        raise CannotListenError(
            f"cannot listen on file descriptor {number}: {reason(error)}; systemd's first socket is --fd 3"
        ) from None


def reason(error: Exception) -> str:
    """What the operating system says, without its number."""
    return (getattr(error, "strerror", None) or str(error)).lower().rstrip(".")


def bind_tcp(host: str, port: int) -> socket.socket:
    """A TCP socket bound to the address; IPv6 if the host has a colon."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform != "win32":  # there the option would let two servers share a port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except BaseException:
        bound.close()
        raise
    return bound


def bind_unix(name: str) -> socket.socket:
    """A socket file that every user of the machine may connect to, as a proxy in front usually is another user."""
    path = Path(name)
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        path.unlink()  # left by a server that was killed
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(name)
        path.chmod(0o666)
    except BaseException:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket, *, tls: bool) -> str:
    """Where a browser on this machine finds the server: `http://127.0.0.1:8000`, or `unix:/run/app.sock`."""
    name = bound.getsockname()
    if isinstance(name, str):
        return f"unix:{name}"
    host, port = name[:2]
    shown = ANY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"{'https' if tls else 'http'}://{shown}:{port}"
