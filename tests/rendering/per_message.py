"""Inlining as it would be done for every mail, by premailer alone: what pages are compared with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import cssutils
from lxml import etree
from premailer import Premailer
from premailer.merge_style import csstext_to_pairs

from notifykit.cleaning import clean_text
from notifykit.notifications import Notification
from notifykit.rendering import TemplateRenderer

Shape = list[tuple[int, str, dict[str, Any], str]]

NOW = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)


def expected(renderer: TemplateRenderer, notification: Notification) -> Shape:
    """Fill the templates as they are, and let premailer do all of the rest."""
    values = renderer._values(notification, "KMT-4827", NOW)
    html = clean_text(renderer._filled(f"{notification.kind}.html", values))
    inliner = Premailer(
        strip_important=False,
        allow_network=False,
        disable_validation=True,
        align_floating_images=False,
        cssutils_logging_level=100,
    )
    root = parsed(html)
    inliner.transform(root)
    return shape(root)


def found(renderer: TemplateRenderer, notification: Notification) -> Shape:
    """Give what the renderer makes of it."""
    html = renderer.render(notification, reference="KMT-4827", created_at=NOW).html
    assert html
    return shape(parsed(html))


def parsed(html: str) -> Any:
    return etree.fromstring(html.strip(), etree.HTMLParser(no_network=True))


def shape(root: Any) -> Shape:
    """Tell all that a mail program sees; how a style is written plays no part."""
    # A browser makes a head by itself.
    return [_told(element) for element in root.iter() if element.tag != "head" or len(element)]


def _told(element: Any) -> tuple[int, str, dict[str, Any], str]:
    attributes = dict(element.attrib)
    if "style" in attributes:
        attributes["style"] = normal(attributes["style"])
    tag = element.tag if isinstance(element.tag, str) else "comment"
    text = "|".join(" ".join((part or "").split()) for part in (element.text, element.tail))
    return len(list(element.iterancestors())), tag, attributes, text


def normal(style: str) -> dict[str, str]:
    """Read a style; what counts is the last of two, and not how a colour is written."""
    enabled, cssutils.log.enabled = cssutils.log.enabled, False
    pairs = csstext_to_pairs(style, validate=False)
    cssutils.log.enabled = enabled
    return dict(pairs)
