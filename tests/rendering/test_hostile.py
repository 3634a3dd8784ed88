"""Whatever a customer or a model writes stays text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifykit.message import clean_line
from notifykit.notifications import (
    Contact,
    DeliveryTo,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
)
from notifykit.rendering import Rendered

BAITS = [
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</td></tr></table></body><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% include 'order.txt' %}",
    "<!--[if mso]><b>",
    "]]><![CDATA[",
    "&lt;b&gt;&#106;avascript:",
    "javascript:alert(1)",
    "{count} {0.__class__} %s",
    "a\u202eb\u200b\x00\x1b[31m",
    '<style data-premailer="x">@import "http://127.0.0.1:9/"</style>',
]
hostile = st.one_of(
    st.sampled_from(BAITS), st.text(max_size=40), st.text("<>\"'&;={}%/ \n\r\t", max_size=20)
).map(lambda text: f"x{text}")
# An address or a link built from these must come out encoded.
mailbox = st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}@example\.com", fullmatch=True)

FEW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Page(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    @property
    def shape(self) -> list[str]:
        """The tags, but for line breaks and whether a Telegram name could be made a link."""
        return ["a" if tag == "span" else tag for tag in self.tags if tag != "br"]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.links.extend(value or "" for name, value in attrs if name in {"href", "src"})

    def handle_data(self, data: str) -> None:
        self.text += data


def call_with(text: str, email: str) -> ManagerCall:
    name = clean_line(text)[:64]
    contact = Contact(name=name, phone=f"2-22-33 {name}", email=email, telegram=f"@ivan {name}")
    order = Order(
        number=name,
        conversation=name,
        customer=contact,
        lines=(OrderLine(code=name, title=name, unit=name[:16], quantity="2", stock="1"),),
        delivery=DeliveryTo(address=name),
        comment=text,
    )
    return ManagerCall(summary=text, customer=contact, conversation=name, order=order)


@given(hostile, mailbox)
@FEW
def test_text_stays_text(render: Callable[..., Rendered], text: str, email: str) -> None:
    hostile_one = call_with(text, email)
    harmless = call_with("x" + "y" * 20, "a@example.com")
    found = Page(render(hostile_one).html or "")
    expected = Page(render(harmless).html or "")

    assert expected.shape == found.shape
    assert expected.attributes | {"href"} >= found.attributes
    assert clean_line(text)[:64] in clean_line(found.text)


@given(hostile, mailbox)
@FEW
def test_links_are_made_of_what_was_checked(
    render: Callable[..., Rendered], text: str, email: str
) -> None:
    page = Page(render(call_with(text, email)).html or "")

    assert page.links
    for link in page.links:
        assert re.fullmatch(
            r"tel:\+\d{8,15}(;ext=\d{1,7})?|mailto:[\w.~%-]+@example\.com|https://t\.me/\w+|tg://user\?id=\d+",
            link,
        )


def test_text_that_no_model_has_cleaned_loses_its_control_characters(
    render: Callable[..., Rendered], tmp_path: Path
) -> None:
    class Raw(Notification):
        note: str

    for suffix in ("html", "txt", "subject.txt"):
        (tmp_path / f"raw.{suffix}").write_text("{{ notification.note }}", "utf-8")
    rendered = render(Raw(note="a\x00\x1b[31m\u202e\ud800b\r\nBcc: c"), templates=tmp_path)

    assert "a[31m\ufffdb Bcc: c" == rendered.subject
    assert "a[31m\ufffdb\nBcc: c\n" == rendered.text
    assert "a[31m\ufffdb\nBcc: c" in (rendered.html or "")


@pytest.mark.parametrize("bait", BAITS)
def test_the_text_part_shows_what_was_written(render: Callable[..., Rendered], bait: str) -> None:
    assert clean_line(bait) in clean_line(render(call_with(bait, "a@example.com")).text)
