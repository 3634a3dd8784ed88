"""Asks DNS; the one module that knows dnspython."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver as DnsPython

_LIFETIME = 5.0  # seconds for one question, all name servers together


class NoAnswerError(Exception):
    """DNS did not answer; whether there is such a record is not known."""


class Resolver(Protocol):
    """
    Asks DNS for what senders are judged by.

    Raises:
        NoAnswerError: By every method, where DNS does not answer.
    """

    async def txt(self, name: str) -> Sequence[str]:
        """Give the TXT records of a name, each put together; none where there are none."""
        ...

    async def takes_mail(self, domain: str) -> bool:
        """Say whether a domain has a place for mail: MX, or an address (RFC 5321, section 5.1)."""
        ...


class DnsResolver:
    """
    Asks the name servers of this machine.

    Args:
        nameserver: An address and a port in place of them.
    """

    def __init__(self, nameserver: tuple[str, int] | None = None) -> None:
        self._nameserver = nameserver
        self._resolver: DnsPython | None = None

    async def txt(self, name: str) -> Sequence[str]:
        """Give the TXT records of a name."""
        records = await self._asked(name, "TXT")
        return [b"".join(record.strings).decode("utf-8", "replace") for record in records]

    async def takes_mail(self, domain: str) -> bool:
        """Say whether a domain has a place for mail."""
        for kind in ("MX", "A", "AAAA"):
            if await self._asked(domain, kind):
                return True
        return False

    async def _asked(self, name: str, kind: str) -> Sequence[Any]:
        from dns.exception import DNSException  # noqa: PLC0415 - an extra
        from dns.resolver import NXDOMAIN, NoAnswer  # noqa: PLC0415 - an extra

        try:
            return list(await self._opened().resolve(name, kind, lifetime=_LIFETIME))
        except (NXDOMAIN, NoAnswer):
            return []
        except (DNSException, OSError, ValueError) as error:
            raise NoAnswerError(name) from error

    def _opened(self) -> DnsPython:
        if self._resolver is None:
            from dns.asyncresolver import Resolver as DnsPython  # noqa: PLC0415 - an extra

            self._resolver = DnsPython(configure=self._nameserver is None)
            if self._nameserver is not None:
                host, self._resolver.port = self._nameserver
                self._resolver.nameservers = [host]
        return self._resolver


def installed_resolver(nameserver: tuple[str, int] | None = None) -> Resolver | None:
    """Give a resolver; ``None`` where dnspython is not installed."""
    return DnsResolver(nameserver) if find_spec("dns") else None
