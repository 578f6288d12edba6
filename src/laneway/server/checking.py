"""What options must be like, and what they exclude in each other; found out before anything is opened or imported."""

import math
import ssl
from importlib.util import find_spec
from pathlib import Path

from laneway.exceptions import LanewayError
from laneway.server.options import DevOptions, RunOptions, ServeOptions, settings_of

HTTP2_INSTALL = 'pip install "laneway[http2]"'


class OptionConflictError(LanewayError):
    """Two options exclude each other, or an option cannot have its value."""


def check(options: RunOptions | DevOptions) -> None:
    """Refuse what cannot be had, or not together.

    Raises:
        OptionConflictError: The message names the options and what to drop or add.
    """
    check_numbers(options)
    workers = workers_of(options)
    if options.reload and workers > 1:
        raise OptionConflictError(f"--reload restarts one process, not {workers}; drop --reload or --workers")
    missing = [str(path) for path in options.reload_dir if options.reload and not path.is_dir()]
    if missing:
        raise OptionConflictError(f"--reload-dir {missing[0]} is no directory; name one that exists")
    if options.fd is not None and options.uds:
        raise OptionConflictError("--fd is a socket already; drop --uds")
    if options.http2 and find_spec("zttp") is None:
        raise OptionConflictError(f"--http2 needs zttp; get it with: {HTTP2_INSTALL}")
    check_tls(options)


def check_numbers(options: RunOptions | DevOptions) -> None:
    """Refuse numbers that make no sense."""
    if workers_of(options) < 1:
        raise OptionConflictError(f"--workers {workers_of(options)} serves nobody; give 1 or more")
    for item in settings_of(type(options)):
        value, above = getattr(options, item.name), item.option.above
        if above is None or value is None:
            continue
        if not above < value < math.inf:  # NaN is not either
            least = "0 or more" if above < 0 else "more than 0"
            hint = "" if above < 0 else "; for no limit, a large number"
            raise OptionConflictError(f"{item.flag} {value} cannot be; give {least}{hint}")


def workers_of(options: ServeOptions) -> int:
    """The number of worker processes; development has one."""
    return options.workers if isinstance(options, RunOptions) else 1


def check_tls(options: ServeOptions) -> None:
    """Refuse certificates and keys that cannot be used."""
    if not options.ssl_certfile:
        given = [name for name in ("ssl_keyfile", "ssl_keyfile_password", "ssl_ca_certs", "ssl_ciphers")
                 if getattr(options, name)]  # fmt: skip
        if given:
            flag = f"--{given[0].replace('_', '-')}"
            raise OptionConflictError(f"{flag} belongs to a certificate; add --ssl-certfile")
        return
    if options.ssl_cert_reqs != "none" and not options.ssl_ca_certs:
        raise OptionConflictError("--ssl-cert-reqs needs to know whose certificates; add --ssl-ca-certs")
    for flag, path in (
        ("--ssl-certfile", options.ssl_certfile),
        ("--ssl-keyfile", options.ssl_keyfile),
        ("--ssl-ca-certs", options.ssl_ca_certs),
    ):
        if path is not None and not path.is_file():
            raise OptionConflictError(f"{flag} {path} is no file; name one that exists")
    load_certificate(options, options.ssl_certfile)


def load_certificate(options: ServeOptions, certificate: Path) -> None:
    """Try the files as the server will use them, to say what is wrong before it starts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    password = options.ssl_keyfile_password
    trying = "--ssl-certfile and --ssl-keyfile"
    try:
        # Without a password OpenSSL would ask for it at the terminal, in each worker.
        context.load_cert_chain(certificate, options.ssl_keyfile, lambda: password or "")
        if options.ssl_ca_certs:
            trying = "--ssl-ca-certs"
            context.load_verify_locations(options.ssl_ca_certs)
        if options.ssl_ciphers:
            trying = "--ssl-ciphers"
            context.set_ciphers(options.ssl_ciphers)
    except (ssl.SSLError, OSError, ValueError) as error:
        hint = "" if password else "; is there a password? --ssl-keyfile-password"
        hint = hint if trying.startswith("--ssl-certfile") else ""
        raise OptionConflictError(f"{trying} cannot be used: {reason(error)}{hint}") from None


def reason(error: Exception) -> str:
    """What OpenSSL or the operating system says, without numbers."""
    said = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return str(said).lower().replace("_", " ")
