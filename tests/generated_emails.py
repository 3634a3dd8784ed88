"""Emails of every kind that can be sent, for whoever has to carry them."""

from __future__ import annotations

from hypothesis import strategies as st

from notifykit.message import Address, Attachment, Email

_TEXT = """Заказ № А-1042 на 10 230,00 ₽ Цемент М500 меш. 00-0123 Order for Bob & Sons, "Ltd" 🧱 🇷🇺
Ёлка Žluťoučký 日本語 مرحبا =?utf-8?q?x?= a=b; {{name}} %recipient.x% <b> \\ ' (скобки) [x] @ ."""
_LONG = {"words": "слово " * 400, "x": "x" * 3_000, "я": "я" * 1_500, "🧱": "🧱" * 600}
_FILES = {
    "dot": b"\n.\n",
    "dots": b"\r\n.\r\n..",
    "zeros": b"\0" * 900,
    "csv": b"\xef\xbb\xbfa;b\r\n",
}
_NAMES = ["Заказ № 1 (копия).xlsx", 'a"b;c.csv', "🧱.png", "=?x?=.txt", "a%20b", "о" * 100 + ".pdf"]
_DOMAINS = ["example.com", "EXAMPLE.org", "пример.рф", "bücher.example"]

_word = st.sampled_from(_TEXT.split())
_anything = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zs", "Zl", "Zp"]))
texts = st.lists(_word | _anything, max_size=12).map(lambda words: " ".join(["Заказ", *words]))
_line = st.sampled_from(["", ".", "..", ". ", ".x", "From x", "-- "]) | texts
bodies = st.lists(_line, max_size=6).map(lambda lines: "\n".join(["Здравствуйте!", *lines]))
bodies |= st.sampled_from(sorted(_LONG)).map(_LONG.__getitem__)
names = st.lists(_word, max_size=4).map(" ".join) | st.just("")

_MAILBOXES = [
    f"{mark.join(parts)}{number}@{domain}"
    for number, domain in enumerate(_DOMAINS)
    for mark in ("", ".", "_", "+", "-")
    for parts in (("a", "b"), ("Ivan", "Petrov"), ("x" * 20, "Y" * 20))
]
addresses = st.builds(Address, st.sampled_from(_MAILBOXES), names)
people = st.lists(addresses, max_size=4).map(tuple)


def _crowd(size: int) -> tuple[Address, ...]:
    return tuple(Address(f"p{number}@example.com", f"№ {number}") for number in range(size))


def _unique(files: list[Attachment]) -> tuple[Attachment, ...]:
    return tuple({file.content_id or id(file): file for file in files}.values())


attachments = st.builds(
    Attachment,
    filename=st.sampled_from(_NAMES),
    content=st.binary(min_size=1, max_size=300)
    | st.sampled_from(sorted(_FILES)).map(_FILES.__getitem__),
    content_type=st.sampled_from(["", "text/csv", "image/png", "application/pdf"]),
    content_id=st.sampled_from([None, None, "logo", "a.b-c_d", "X" * 64]),
)
_HEADERS = ["X-Order", "X-Priority", "List-Id", "Importance", "X-" + "Long" * 12]
_headers = st.dictionaries(st.sampled_from(_HEADERS), texts, max_size=2)
_metadata = st.dictionaries(st.sampled_from(["submission_id", "kind", "a"]), texts, max_size=2)

emails = st.builds(
    Email,
    sender=addresses,
    to=st.lists(addresses, min_size=1, max_size=4) | st.integers(30, 38).map(_crowd),
    cc=people,
    bcc=people,
    reply_to=people,
    subject=texts.map(lambda text: text[:200]),
    text=bodies,
    html=st.none() | bodies.map("<p>{}</p>".format),
    attachments=st.lists(attachments, max_size=3).map(_unique),
    headers=_headers.map(lambda given: {name: text[:200] for name, text in given.items()}),
    metadata=_metadata.map(lambda given: {name: text[:200] for name, text in given.items()}),
)
