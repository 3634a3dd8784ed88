"""Reads what a form posted, once it is certain that it was our own form."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from notifykit.dashboard.desk import visit_of

TOKEN = "token"  # noqa: S105 - the field's name
_LARGEST = 64 * 1024
_MOST_FIELDS = 50
_FORM = "application/x-www-form-urlencoded"
_OWN_SITE = ("same-origin", "none")


async def posted(request: Request) -> Mapping[str, str]:
    """
    Read a form, without white space around the values.

    Two things prove that the visitor sent it from our page: the browser's own word where it comes
    from, and a token that only this visit's pages hold.

    Raises:
        HTTPException: 403 where it comes from elsewhere or the page is too old, 413 or 415 where
            it is no form of ours.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415)
    if not _from_here(request):
        raise HTTPException(403, "form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise HTTPException(400) from None
    fields = {name: value.strip() for name, value in pairs}
    expected = visit_of(request).token.encode()
    if not hmac.compare_digest(fields.get(TOKEN, "").encode(), expected):
        raise HTTPException(403, "form")
    return fields


def _from_here(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in _OWN_SITE:
        return False
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")
