"""What a test wants an email to be, and in plain words why one is not it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from notifykit.message import Address
from notifykit.testing.sent_email import SentEmail

Text = str | re.Pattern[str]

_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    What an email has to have; what is empty does not matter.

    Attributes:
        to: Everybody here is among the recipients.
        sender: Whose address is in From.
        subject: In the subject.
        contains: Each of these in the text or in the HTML.
        attachments: The names of files that it has.
    """

    to: tuple[str, ...] = ()
    sender: str | None = None
    subject: Text | None = None
    contains: tuple[Text, ...] = ()
    attachments: tuple[str, ...] = ()

    def misses(self, email: SentEmail) -> list[str]:
        """Say what this email does not have; nothing: it is what is wanted."""
        return list(self._misses(email))

    def _misses(self, email: SentEmail) -> Iterator[str]:
        for address in self.to:
            if address not in email.rcpt_to:
                yield f"to: {address} is not among {', '.join(email.rcpt_to)}"
        if self.sender and self.sender != email.sender.email.lower():
            yield f"sender: it is {email.sender}"
        if self.subject is not None and not _in(self.subject, email.subject):
            yield f"subject: no {_shown(self.subject)} in {email.subject!r}"
        for text in self.contains:
            if not any(_in(text, body) for body in (email.text, email.seen, email.html)):
                yield f"contains: no {_shown(text)} in the text nor in the HTML"
        names = [attachment.filename for attachment in email.attachments]
        for name in self.attachments:
            if name not in names:
                yield f"attachment: {name!r} is not among {names}"

    def __str__(self) -> str:
        parts = [
            *(f"to {address}" for address in self.to),
            *([f"from {self.sender}"] if self.sender else []),
            *([f"with the subject {_shown(self.subject)}"] if self.subject is not None else []),
            *(f"containing {_shown(text)}" for text in self.contains),
            *(f"with the file {name!r}" for name in self.attachments),
        ]
        return ", ".join(parts) or "of any kind"


def mailbox(text: str) -> str:
    """Give the address alone, in the spelling that is on the wire: IDNA, small letters."""
    return Address.parse(text).email.lower()


def several(given: str | Iterable[Text] | re.Pattern[str] | None) -> tuple[Text, ...]:
    """Take one or several."""
    if given is None:
        return ()
    return (given,) if isinstance(given, str | re.Pattern) else tuple(given)


def _in(wanted: Text, text: str) -> bool:
    # Sums and phones have no-break spaces, and long lines were folded: a space is a space.
    text = " ".join(text.split())
    if isinstance(wanted, str):
        return " ".join(wanted.split()) in text
    return wanted.search(text) is not None


def _shown(text: Text) -> str:
    return repr(text) if isinstance(text, str) else f"/{text.pattern}/"


def told(emails: Sequence[SentEmail], wanted: Wanted | None = None) -> str:
    """Write down what was sent, and of each email what it misses."""
    if not emails:
        return (
            "Nothing was sent at all. An application that calls Notifier.from_env() needs the\n"
            "fixture notifykit_environ; what was only enqueued is sent a moment later: wait for\n"
            "it with `await outbox.until(1)`."
        )
    return "\n\n".join(_told(number, email, wanted) for number, email in enumerate(emails, 1))


def _told(number: int, email: SentEmail, wanted: Wanted | None) -> str:
    lines = [
        f"{number}. to {', '.join(email.rcpt_to)}",
        f"   from {email.sender}",
        f"   subject {email.subject}",
        *(f"   file {file.filename}, {len(file.content):,} bytes" for file in email.attachments),
        *(f"   | {line}" for line in _beginning(email.text)),
        *(f"   ! {miss}" for miss in (wanted.misses(email) if wanted else [])),
    ]
    return "\n".join(lines)


def _beginning(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return lines if len(lines) <= _SHOWN_LINES else [*lines[:_SHOWN_LINES], "…"]
