"""Reports in plain words, from servers that do not write RFC 3464."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifykit.bounces.finding import ADDRESS, Finding, address, codes, host
from notifykit.bounces.parts import Part
from notifykit.submission import EventKind

_LONGEST = 16_000
_LONGEST_LINE = 500
_MOST_RECIPIENTS = 100

# Where the copy of the original begins: Gmail, Exim, qmail, Exchange, Sendmail; in Russian Mail.ru.
_COPY = re.compile(
    r"^[-=_* \t]{0,40}(?:original message\b|this is a copy of|below this line is a copy|"
    r"original message headers|the header of the original|message headers? follow|"
    r"исходное сообщение|исходное письмо|копия (?:вашего )?(?:письма|сообщения)).*$"
    r"|^(?:received|return-path):.*$",
    re.IGNORECASE | re.MULTILINE,
)
# A line that begins a recipient: "<a@example.com>:", "  a@example.com", "Name<mailto:a@…>",
# "<a@example.com>: host … said: 550 …" (Postfix).
_RECIPIENT = re.compile(
    rf"^[ \t>*•-]{{0,20}}(?:[^<>@\n]{{0,80}}<mailto:|to:\s{{0,5}})?<?(?P<address>{ADDRESS})>{{0,2}}"
    r"(?:[ \t]{0,5}(?::|\(|$)(?P<rest>.*))$",
    re.IGNORECASE,
)
# Where what is said of a recipient ends: a rule, or Mail.ru's parting advice.
_END = re.compile(r"\s*(?:[*=_-]{5,}\s*$|рекомендуем вам )", re.IGNORECASE)
# "… wasn't delivered to a@example.com because …"
_IN_A_SENTENCE = re.compile(
    rf"(?:delivered to|delivering to|rcpt to:|recipient|local mailbox|доставлено|адресату|"
    rf"получателю)[ \t:<]{{0,5}}({ADDRESS})",
    re.IGNORECASE,
)
_BAD_NEWS = re.compile(
    r"deliver|undeliver|returned|failed|failure|bounce|could ?n[o']t|unable to|qmail-send|"
    r"was rejected|did not reach|"
    r"не доставлен|недоставлен|не может быть|доставить|не удалось",
    re.IGNORECASE,
)
_GOOD_NEWS = re.compile(
    r"(?<!not )(?<!not been )(?:successfully delivered|delivered successfully)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"permanent|not going to try again|giving up|given up|too long|that you sent was rejected|"
    r"попыток больше не будет|окончательно",
    re.IGNORECASE,
)
_STILL_TRYING = re.compile(
    r"will continue|will be retried|will retry|keep trying|still trying|try again later|"
    r"not yet been delivered|has been delayed|is delayed|warning message only|"
    r"(?:do not|don't) need to (?:resend|send|retry)|no action is required|temporary|"
    r"попытки (?:доставки )?(?:будут )?продолж|доставка .{0,40}(?:отложена|задерж)|"
    r"повторные попытки",
    re.IGNORECASE,
)
# Mail.ru's word, in the header of its short reports.
_WORDS = {"user_not_found": "5.1.1"}


def words(mail: Part) -> str:
    """Give what a report says for people, without the copy of the original below it."""
    whole = _text(mail)
    copy = _COPY.search(whole)
    return whole[: copy.start()] if copy else whole


def findings(mail: Part) -> Iterator[Finding]:
    """Read a report in plain words; only ask where a daemon wrote it."""
    said = words(mail)
    error = mail.field("x-mailer-daemon-error")
    if not error and not _BAD_NEWS.search(_GOOD_NEWS.sub("", said)):
        return
    waiting = _STILL_TRYING.search(said) and not _GIVEN_UP.search(said)
    for recipient, text in _told(mail, said):
        found = codes(text)
        yield Finding(
            recipient=recipient,
            kind=EventKind.DEFERRED if waiting else EventKind.BOUNCED,
            code=found.code,
            enhanced_code=found.enhanced or _WORDS.get(error),
            text=text or error,
            server=host((address(mail.field("from")) or "").partition("@")[2]),
        )


def _text(mail: Part) -> str:
    texts = [part.text() for part in mail.walk() if part.content_type == "text/plain"]
    texts = texts or [part.text() for part in mail.walk() if part.content_type == "text/html"]
    return (texts[0] if texts else "")[:_LONGEST]


def _told(mail: Part, said: str) -> Iterator[tuple[str | None, str]]:
    """Give whom it is about; nobody where no name stands there, but the mail is given back."""
    told = _recipients(mail, said)
    yield from told.items()
    copied = said != _text(mail) or any(part.original() is not None for part in mail.walk())
    if copied and not told:
        yield None, " ".join(said.split())


def _recipients(mail: Part, said: str) -> dict[str, str]:
    """Give whom it is about, each with what is said of him; where nothing is, with everything."""
    listed = _listed(said)
    header = mail.field("x-failed-recipients") or mail.field("x-mailer-daemon-recipients")
    named = [found for name in re.split("[,;]", header) if (found := address(name))]
    named = named or list(listed) or _IN_A_SENTENCE.findall(said)
    told = {name.lower(): text for name, text in listed.items()}
    whole = " ".join(said.split())
    return {
        name.rstrip("."): told.get(name.lower()) or whole
        for name in dict.fromkeys(named[:_MOST_RECIPIENTS])
    }


def _listed(said: str) -> dict[str, str]:
    listed: dict[str, dict[str, None]] = {}
    about: dict[str, None] | None = None
    for line in said.splitlines():
        if found := _RECIPIENT.match(line[:_LONGEST_LINE]):
            about = listed.setdefault(found["address"].rstrip("."), {})
            line = found["rest"]  # noqa: PLW2901 - the first words often stand beside the address
        elif _END.match(line):
            about = None
        if about is not None and line.strip():
            about[line.strip()] = None
    return {name: " ".join(words) for name, words in listed.items()}
