"""Shows a mail as the manager sees it, and hands it out as it was sent."""

from __future__ import annotations

import re
from base64 import b64encode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from notifykit import mime
from notifykit.dashboard.desk import desk_of
from notifykit.dashboard.paper import words_of
from notifykit.message import Attachment, Email
from notifykit.submission import Submission

# HTML 4.8.5: without any allow- word nothing runs, submits, opens windows or has our origin. Style
# attributes are how mails are dressed; pictures come from the mail itself and nowhere else.
SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_PICTURES = frozenset(["image/png", "image/jpeg", "image/gif", "image/webp"])
_CID = re.compile(r"(?i)cid:([A-Za-z0-9._-]{1,64})")
_DARK = re.compile(r"(?i)\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
# Chromium connects for a frame before it asks the policy: a mail could see when it is read.
_REACHES_OUT = re.compile(
    r"(?i)<(?=/?(?:iframe|frame|frameset|object|embed|applet|portal|fencedframe|link|base|script)\b)"
)
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


async def as_seen(request: Request) -> Response:
    """Show the HTML part inside its frame."""
    email = await _email(request)
    if email is None or email.html is None:
        raise HTTPException(404)
    return framed(with_pictures(email.html, email.attachments))


async def source(request: Request) -> Response:
    """Hand the mail out as a file, in the bytes that were sent."""
    submission = await found(request)
    if submission.email is None:
        raise HTTPException(404)
    name = _UNFIT.sub("", submission.reference) or "mail"
    return Response(
        mime.encode(submission.email),
        media_type="message/rfc822",
        headers={"Content-Disposition": f'attachment; filename="{name}.eml"'},
    )


async def found(request: Request) -> Submission:
    """
    Find the submission that the address names.

    Raises:
        HTTPException: 404 where there is none.
    """
    submission = await desk_of(request).repository.get(request.path_params["id"])
    if submission is None:
        raise HTTPException(404, "missing")
    return submission


def framed(html: str, *, scheme: str | None = None) -> HTMLResponse:
    """
    Answer with a mail's HTML in a sandbox; what would load something else is shown as text.

    Args:
        html: The mail's own.
        scheme: Show it as in ``light`` or ``dark``, whatever the visitor's system prefers.
    """
    if scheme is not None:
        html = _DARK.sub(_ALWAYS if scheme == "dark" else _NEVER, html)
    html = _REACHES_OUT.sub("&lt;", html)
    headers = {"Content-Security-Policy": SANDBOX, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)


def with_pictures(html: str, attachments: tuple[Attachment, ...]) -> str:
    """Put the mail's own pictures in the place of their ``cid:`` names."""
    pictures = {
        file.content_id.lower(): f"data:{file.content_type};base64,{_in_letters(file.content)}"
        for file in attachments
        if file.content_id and file.content_type in _PICTURES
    }
    return _CID.sub(lambda name: pictures.get(name[1].lower(), "data:,"), html)


def readable_source(request: Request, email: Email, most: int = 60_000) -> str:
    """Give the source as text; a long one is cut, the file has all of it."""
    text = mime.encode(email).decode("ascii", "replace").replace("\r\n", "\n")
    return text if len(text) <= most else f"{text[:most]}\n… {words_of(request).one_download}"


async def _email(request: Request) -> Email | None:
    return (await found(request)).email


def _in_letters(content: bytes) -> str:
    return b64encode(content).decode("ascii")
