"""SPF, DKIM and DMARC of the sender's domain, and whether they vouch for this provider's mails."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from notifykit.doctor.accounts import Credentials
from notifykit.doctor.domains import FREE_MAIL, domain_of, organisation
from notifykit.doctor.finding import Finding
from notifykit.doctor.resolving import NoAnswerError, Resolver

_MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4
Seen = dict[str, Any]

_STRICT = ("quarantine", "reject")
_COMMON = ("default", "mail", "dkim", "selector1", "selector2", "s1", "s2", "k1", "google", "smtp")


@dataclass(frozen=True, slots=True)
class Habits:
    """
    How a provider's mails are vouched for.

    Attributes:
        include: What SPF has to name; empty: not known.
        selectors: Where its DKIM keys are.
        how: Where to set DKIM up.
    """

    include: str
    selectors: tuple[str, ...]
    how: Mapping[str, str]


HABITS = {
    "gmail": Habits(
        "_spf.google.com",
        ("google",),
        {
            "ru": "Google Admin: Приложения → Google Workspace → Gmail → Проверка подлинности "
            "почты: создайте ключ и добавьте запись TXT google._domainkey.",
            "en": "Google Admin: Apps → Google Workspace → Gmail → Authenticate email: make a key "
            "and add the TXT record google._domainkey.",
        },
    ),
    "yandex": Habits(
        "_spf.yandex.net",
        ("mail",),
        {
            "ru": "Яндекс 360 для бизнеса: Домены → ваш домен → DKIM-подпись: добавьте запись TXT "
            "mail._domainkey.",
            "en": "Yandex 360 for business: Domains → your domain → DKIM signature: add the TXT "
            "record mail._domainkey.",
        },
    ),
    "sendgrid": Habits(
        "sendgrid.net",
        ("s1", "s2", "smtpapi", "m1"),
        {
            "ru": "SendGrid: Settings → Sender Authentication → Authenticate Your Domain: добавьте "
            "в DNS три записи CNAME.",
            "en": "SendGrid: Settings → Sender Authentication → Authenticate Your Domain: add the "
            "three CNAME records to DNS.",
        },
    ),
    "mailgun": Habits(
        "mailgun.org",
        ("pic", "k1", "mta", "smtp", "mailo", "krs", "mx", "email", "s1", "pdk1", "pdk2"),
        {
            "ru": "Mailgun: Sending → Domains → ваш домен → DNS records: добавьте записи TXT и "
            "нажмите Verify.",
            "en": "Mailgun: Sending → Domains → your domain → DNS records: add the TXT records and "
            "press Verify.",
        },
    ),
}
_OTHER = Habits(
    "",
    (),
    {
        "ru": "Включите DKIM в панели своей почты или хостинга и добавьте в DNS запись, которую "
        "она покажет.",
        "en": "Turn DKIM on in the panel of your mail or hosting, and add the record that it shows "
        "to DNS.",
    },
)


@dataclass(slots=True)
class Spf:
    """
    What SPF says of a domain (RFC 7208).

    Attributes:
        records: How many there are; one is right.
        text: The first one.
        names: Every domain that it leads to.
        lookups: How many DNS queries it makes.
        open: It allows everybody.
    """

    records: int = 0
    text: str = ""
    names: set[str] = field(default_factory=set)
    lookups: int = 0
    open: bool = False

    @property
    def broken(self) -> bool:
        """Whether receivers cannot use it."""
        return self.records > 1 or self.lookups > _MOST_LOOKUPS or self.open


async def records(
    resolver: Resolver, known: Credentials, sender: str, signed_by: str | None = None
) -> AsyncIterator[Finding]:
    """
    Look at the DNS of the sender's domain.

    Args:
        known: The provider.
        sender: The address.
        signed_by: The domain that a provider signs and bounces with, where it is not the sender's.
    """
    domain = domain_of(sender)
    if domain in FREE_MAIL:
        yield Finding(id="fine.free-mail", subject=known.way, seen=({"domain": domain},))
        return
    try:
        for finding in await _looked(resolver, known, sender, signed_by or domain):
            yield finding
    except NoAnswerError as error:
        yield Finding(id="NK342", subject=known.way, seen=({"name": str(error)},))


async def _looked(
    resolver: Resolver, known: Credentials, sender: str, vouching: str
) -> list[Finding]:
    domain, habits = domain_of(sender), HABITS.get(known.provider, _OTHER)
    wanted = tuple(dict.fromkeys((*habits.selectors, *_COMMON)))
    takes_mail, spf, selector, policies = await asyncio.gather(
        resolver.takes_mail(domain),
        read_spf(resolver, vouching),
        find_key(resolver, vouching, wanted),
        read_dmarc(resolver, domain),
    )
    seen: Seen = {
        "domain": domain,
        "provider": known.provider,
        "sender": sender,
        "how": habits.how,
        "include": f"include:{habits.include}" if habits.include else "mx",
        "selectors": ", ".join(wanted[:6]),
        "selector": selector or "",
    }
    aligned = organisation(vouching) == organisation(domain)
    allowed = aligned and not spf.broken and habits.include in spf.names
    # SendGrid bounces to a domain of its own: there a DKIM key does for both.
    without_spf = known.provider == "sendgrid" and selector
    found = [] if takes_mail else [("NK305", seen)]
    found += [] if without_spf else list(_spf(spf, habits, {**seen, "domain": vouching}))
    found.append(("fine.dkim" if selector else "NK321", {**seen, "domain": vouching}))
    found += _dmarc(policies, seen, vouched=allowed or bool(aligned and selector))
    return [Finding(id=id_, subject=known.way, seen=(told,)) for id_, told in found]


def _spf(spf: Spf, habits: Habits, seen: Seen) -> Iterator[tuple[str, Seen]]:
    more = {"record": spf.text, "count": spf.records, "lookups": spf.lookups}
    if not spf.records:
        yield "NK311", seen
    elif spf.broken:
        yield "NK313", {**seen, **more}
    elif not habits.include:
        yield "fine.spf-present", {**seen, **more}
    else:
        yield "fine.spf" if habits.include in spf.names else "NK312", {**seen, **more}


def _dmarc(found: list[str], seen: Seen, *, vouched: bool) -> Iterator[tuple[str, Seen]]:
    policy = policy_of(found[0]) if len(found) == 1 else None
    if not found:
        yield "NK331", seen
    elif policy is None:
        yield "NK332", {**seen, "record": "; ".join(found)}
    elif policy in _STRICT and not vouched:
        yield "NK333", {**seen, "policy": policy}
    else:
        yield "fine.dmarc", {**seen, "policy": policy}


async def read_spf(resolver: Resolver, domain: str) -> Spf:
    """Read a domain's SPF, and everything that it includes."""
    spf = Spf()
    await _follow(resolver, domain, spf, first=True)
    return spf


async def _follow(resolver: Resolver, domain: str, spf: Spf, *, first: bool) -> None:
    found = [text for text in await resolver.txt(domain) if text.lower().split()[:1] == ["v=spf1"]]
    if first:
        spf.records, spf.text = len(found), next(iter(found), "")
    for term in found[0].lower().split()[1:] if found else ():
        spf.open = spf.open or (first and term in ("all", "+all"))
        kind, _, name = re.sub("^[+~?-]", "", term).replace("redirect=", "redirect:").partition(":")
        if kind not in ("include", "redirect"):
            spf.lookups += kind.partition("/")[0] in ("a", "mx", "ptr", "exists")
            continue
        spf.lookups += 1
        if name and name not in spf.names and spf.lookups <= _MOST_LOOKUPS:
            spf.names.add(name)
            await _follow(resolver, name, spf, first=False)


async def find_key(resolver: Resolver, domain: str, selectors: tuple[str, ...]) -> str | None:
    """Find the first selector with a DKIM key that is not revoked (RFC 6376, section 3.6.1)."""
    names = [f"{selector}._domainkey.{domain}" for selector in selectors]
    found = await asyncio.gather(*(resolver.txt(name) for name in names))
    keys = (
        selector
        for selector, texts in zip(selectors, found, strict=True)
        if any(re.search(r"(?:^|;)\s*p=[^;\s]", text) for text in texts)
    )
    return next(keys, None)


async def read_dmarc(resolver: Resolver, domain: str) -> list[str]:
    """Read the DMARC records of a domain, or of the one it belongs to (RFC 7489, section 6.6.3)."""
    for place in dict.fromkeys((domain, organisation(domain))):
        texts = await resolver.txt(f"_dmarc.{place}")
        if found := [
            text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1")
        ]:
            return found
    return []


def policy_of(record: str) -> str | None:
    """Say what a DMARC record asks for: ``none``, ``quarantine`` or ``reject``."""
    found = re.search(r"(?:^|;)\s*p\s*=\s*(none|quarantine|reject)\b", record.lower())
    return found[1] if found else None
