"""Certificates for servers on this machine."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from notifykit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class LocalCertificates:
    """
    A certificate authority of one's own, and a server that it vouches for.

    Attributes:
        server: The TLS context for a server.
        ca_pem: The authority's certificate; clients that trust it trust the server.
    """

    server: ssl.SSLContext
    ca_pem: bytes = field(repr=False)

    def save(self, directory: str | Path) -> str:
        """Write the authority's certificate as ``ca.pem`` and return its path, for ``cafile=``."""
        path = Path(directory) / "ca.pem"
        path.write_bytes(self.ca_pem)
        return str(path)


def local_certificates(
    *hosts: str, expires: datetime | None = None, issuer: LocalCertificates | None = None
) -> LocalCertificates:
    """
    Make certificates for servers on this machine.

    Args:
        hosts: Names and addresses the server answers to; left out: those of the loopback interface.
        expires: When the server's certificate ends; left out: in some years.
        issuer: Hand out this one's ``ca_pem``, which does *not* vouch for the new server.

    Raises:
        ConfigurationError: trustme is not installed.
    """
    try:
        import trustme  # noqa: PLC0415 - an extra: only who wants certificates needs it
    except ImportError:
        raise ConfigurationError(
            "trustme makes the certificates and is missing: pip install 'notifykit-mail[demo]'"
        ) from None
    authority = trustme.CA()
    certificate = authority.issue_cert(
        *(hosts or ("localhost", "127.0.0.1", "::1")), not_after=expires
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate.configure_cert(server)
    return LocalCertificates(server, issuer.ca_pem if issuer else authority.cert_pem.bytes())
