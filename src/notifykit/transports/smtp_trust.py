"""The certificates that servers are verified against."""

from __future__ import annotations

import asyncio
import ssl
import threading

from notifykit.diagnosis import find
from notifykit.errors import ProviderHeldError


class TrustStore:
    """
    One TLS context, made where it is first needed: certificate and host name verified, TLS 1.2 up.

    Args:
        provider: Named in errors.
        cafile: Certificates to trust, PEM; left out, the system's.
    """

    def __init__(self, provider: str, cafile: str | None) -> None:
        self._provider = provider
        self._cafile = cafile
        self._context: ssl.SSLContext | None = None
        self._making = threading.Lock()

    async def context(self) -> ssl.SSLContext:
        """
        Give the context.

        Raises:
            ProviderHeldError: The certificates cannot be read.
        """
        if self._context is not None:
            return self._context
        # Reading the system's certificates takes tens of milliseconds.
        return await asyncio.to_thread(self._made_once)

    def _made_once(self) -> ssl.SSLContext:
        with self._making:
            if self._context is None:
                self._context = self._made()
            return self._context

    def _made(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._cafile)
        except OSError as error:
            raise ProviderHeldError(
                f"the certificates in {self._cafile} cannot be read: {error}",
                provider=self._provider,
                stage="tls",
                diagnosis=find("network.certificates-missing"),
            ) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context
