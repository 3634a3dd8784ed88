"""The mail as the manager sees it: in a frame where nothing runs and nothing is fetched."""

from email import message_from_bytes, policy

import pytest

from dashboard import shop
from notifykit.dashboard.pages.mails import SANDBOX, framed, with_pictures
from notifykit.message import Attachment

PIXEL = b"\x89PNG\r\n\x1a\n"


async def test_the_frame_is_a_sandbox_that_allows_nothing(reader):
    answer = await reader.get(f"/submissions/{reader.ids['sent']}/mail.html")

    assert SANDBOX == answer.headers["Content-Security-Policy"]
    assert SANDBOX.startswith("sandbox; default-src 'none'")
    assert "allow-" not in SANDBOX
    assert "http" not in SANDBOX
    assert "SAMEORIGIN" == answer.headers["X-Frame-Options"]


async def test_the_page_frames_it_without_any_right(reader):
    page = await reader.text(f"/submissions/{reader.ids['sent']}")

    assert 2 == page.count("<iframe sandbox loading")
    assert 2 == page.count(f'src="/dashboard/submissions/{reader.ids["sent"]}/mail.html"')


async def test_the_file_has_the_bytes_that_were_sent(reader):
    answer = await reader.get(f"/submissions/{reader.ids['sent']}/mail.eml")

    sent = await reader.notifier.repository.get(reader.ids["sent"])
    mail = message_from_bytes(answer.content, policy=policy.default)
    assert sent.message_id == mail["Message-ID"]
    assert f'filename="{sent.reference}.eml"' in answer.headers["Content-Disposition"]


async def test_a_mail_that_was_erased_is_not_shown(visit):
    kept = shop.notifier(clock=shop.Clock())
    sent = await kept.send(shop.order(1))
    repository = kept.repository
    repository._submissions[sent.id] = shop.replace(
        repository._submissions[sent.id], email=None, notification={}
    )
    visitor = visit(kept)

    page = await visitor.text(f"/submissions/{sent.id}")

    assert "Письма больше нет" in page
    assert "<iframe" not in page
    for name in ("mail.html", "mail.eml"):
        assert 404 == (await visitor.get(f"/submissions/{sent.id}/{name}")).status_code


def test_the_mails_own_pictures_are_shown():
    logo = Attachment(filename="logo.png", content=PIXEL, content_id="Logo")

    assert '<img src="data:image/png;base64,iVBORw0KGgo=">' == with_pictures(
        '<img src="cid:logo">', (logo,)
    )


@pytest.mark.parametrize("kind", ["image/svg+xml", "text/html"])
def test_what_could_hold_a_script_is_no_picture(kind):
    file = Attachment(filename="a", content=b"<svg/>", content_type=kind, content_id="a")

    assert '<img src="data:,">' == with_pictures('<img src="cid:a">', (file,))


@pytest.mark.parametrize(
    ("scheme", "expected"), [("dark", "(min-width: 0)"), ("light", "(max-width: 0)")]
)
def test_a_sample_is_shown_in_the_colours_asked_for(scheme, expected):
    answer = framed("<style>@media (prefers-color-scheme:dark){a{}}</style>", scheme=scheme)

    assert f"@media {expected}{{a{{}}}}" in bytes(answer.body).decode()


@pytest.mark.parametrize("tag", ["iframe", "IFRAME", "object", "embed", "link", "base", "script"])
def test_what_would_load_something_else_is_shown_as_text(tag):
    answer = framed(f"<p>a</p><{tag} src=https://example.com/></{tag}\n><iframes>")

    assert f"<p>a</p>&lt;{tag} src=https://example.com/>&lt;/{tag}\n><iframes>" == (
        bytes(answer.body).decode()
    )
