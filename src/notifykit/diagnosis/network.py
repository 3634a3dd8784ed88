"""Puts failures of the network, of DNS and of TLS into the words that the table knows."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

from notifykit.diagnosis.model import Reply

# X509_V_ERR_… of OpenSSL, the verify_code of an SSLCertVerificationError.
_TOO_EARLY, _EXPIRED = 9, 10
_WRONG_HOST = (62, 63, 64)
_UNKNOWN_ISSUER = (18, 19, 20, 21)

# What OpenSSL says when the first bytes are no TLS record: which of them depends on its version.
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
    "UNKNOWN_PROTOCOL",
    "HTTP_REQUEST",
)
_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EACCES, errno.EPERM)
_NO_SUCH_HOST = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


def network_reply(provider: str, stage: str, error: BaseException) -> Reply:
    """
    Say what an exception of the network means, as if somebody had answered it.

    The exception may be wrapped: everything it was raised from is looked at, so that those of any
    client library are understood. The text is one of few fixed English ones, without hosts,
    addresses or secrets, and there is no code.

    Args:
        provider: The transport's name.
        stage: Where it happened. ``content`` and ``http`` mean that the provider may have taken the
            email; where it provably did not, say ``connect`` or ``tls``.
        error: What was raised.
    """
    known = tuple(_chain(error))
    words = next((found for find in _FINDERS if (found := find(known))), None)
    return Reply(
        provider=provider,
        stage=stage,
        text=words or f"the connection failed ({type(error).__name__})",
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Walk through everything an exception was raised from; each is given once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inside = one.exceptions if isinstance(one, BaseExceptionGroup) else ()
        context = None if one.__suppress_context__ else one.__context__
        waiting.extend(link for link in (one.__cause__, context, *inside) if link is not None)


_Chain = tuple[BaseException, ...]


def _certificate(chain: _Chain) -> str | None:
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the server's certificate {_verdict(_verify_code(error))}"
    return None


# OpenSSL's errors carry these two; those that a library makes by itself do not.
def _verify_code(error: BaseException) -> int:
    return getattr(error, "verify_code", 0)


def _ssl_reason(error: BaseException) -> str | None:
    return getattr(error, "reason", None) if isinstance(error, ssl.SSLError) else None


def _verdict(code: int) -> str:
    if code in _UNKNOWN_ISSUER:
        return "comes from an unknown issuer"
    if code in _WRONG_HOST:
        return "is for another host"
    dates = {_EXPIRED: "has expired", _TOO_EARLY: "is not valid yet"}
    return dates.get(code, "could not be verified")


def _no_authorities(chain: _Chain) -> str | None:
    """Tell a machine without any certificates from a server with a strange one."""
    unknown = any(
        isinstance(error, ssl.SSLCertVerificationError) and _verify_code(error) in _UNKNOWN_ISSUER
        for error in chain
    )
    unreadable = any(
        isinstance(error, FileNotFoundError)
        or _ssl_reason(error) == "NO_CERTIFICATE_OR_CRL_FOUND"
        or (isinstance(error, OSError) and "certificates in " in str(error))
        for error in chain
    )
    if unreadable or (unknown and not _has_authorities()):
        return "no trusted CA certificates were found on this machine"
    return None


def _has_authorities() -> bool:
    if os.name == "nt":  # Python reads the store of Windows there, no files
        return True
    # Both are None where OpenSSL's default places, or that of SSL_CERT_FILE, do not exist.
    paths = ssl.get_default_verify_paths()
    try:
        if paths.cafile and Path(paths.cafile).stat().st_size:
            return True
        return bool(paths.capath) and any(Path(paths.capath).iterdir())
    except OSError:  # not readable for us is something else than not there
        return True


def _not_tls(chain: _Chain) -> str | None:
    failed = [error for error in chain if isinstance(error, ssl.SSLError)]
    if any(_ssl_reason(error) in _NOT_TLS for error in failed):
        return "the server does not speak TLS on this port"
    broken = (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    if any(not isinstance(error, broken) for error in failed):
        return "the TLS handshake failed"
    return None


def _names(chain: _Chain) -> str | None:
    for error in chain:
        if isinstance(error, socket.gaierror):
            unknown = error.errno in _NO_SUCH_HOST
            return f"the host name {'does not exist' if unknown else 'could not be looked up'}"
        # A label that is empty or too long fails before anybody is asked.
        if isinstance(error, UnicodeError) and ("idna" in str(error) or "label" in str(error)):
            return "the host name does not exist"
    return None


def _greeting(chain: _Chain) -> str | None:
    timed_out = any(isinstance(error, TimeoutError) for error in chain)
    # "Timed out waiting for server ready message" is aiosmtplib's word for the greeting.
    silent = any(word in str(error) for error in chain for word in ("greeting", "server ready"))
    return "timed out waiting for the greeting" if timed_out and silent else None


def _refused(chain: _Chain) -> str | None:
    if any(isinstance(error, ConnectionRefusedError) for error in chain):
        return "the connection was refused"
    # asyncio puts the failures at several addresses into the text of one OSError without a number.
    number = f"[Errno {errno.ECONNREFUSED}]"
    if any(isinstance(error, OSError) and number in str(error) for error in chain):
        return "the connection was refused"
    return None


def _unreachable(chain: _Chain) -> str | None:
    if any(isinstance(error, OSError) and error.errno in _UNREACHABLE for error in chain):
        return "the network cannot be reached"
    return None


def _timed_out(chain: _Chain) -> str | None:
    # asyncio gives up a TLS handshake with a ConnectionAbortedError that says so.
    slow = any("is taking longer than" in str(error) for error in chain)
    if slow or any(isinstance(error, TimeoutError) for error in chain):
        return "the answer timed out"
    return None


def _lost(chain: _Chain) -> str | None:
    broken = (
        ConnectionResetError,
        ConnectionAbortedError,
        BrokenPipeError,
        EOFError,
        ssl.SSLEOFError,
        ssl.SSLZeroReturnError,
    )
    # Client libraries raise their own when the peer just closes; nothing lies beneath those.
    words = (
        "disconnected",
        "connection lost",
        "connection closed",
        "unexpectedly closed",
        "unexpected eof",
    )
    if any(isinstance(error, broken) for error in chain) or any(
        word in str(error).lower() for error in chain for word in words
    ):
        return "the connection was lost"
    return None


# What is more telling comes first: one exception is often wrapped in several vaguer ones.
_FINDERS: tuple[Callable[[_Chain], str | None], ...] = (
    _no_authorities,
    _certificate,
    _not_tls,
    _names,
    _greeting,
    _refused,
    _unreachable,
    _timed_out,
    _lost,
)
