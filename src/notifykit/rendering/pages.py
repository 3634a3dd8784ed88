"""Pages whose style is worked out when their templates are compiled, not for every mail."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from jinja2 import BaseLoader, nodes

from notifykit.errors import RenderError
from notifykit.message import clean_line, clean_text
from notifykit.rendering import marks
from notifykit.rendering.doubts import Doubt
from notifykit.rendering.environment import TemplateEnvironment
from notifykit.rendering.filters import shorten
from notifykit.rendering.inline import DOCTYPE, RefusedError, inlined
from notifykit.rendering.markup import guard
from notifykit.rendering.reading import Reading, as_written, told
from notifykit.rendering.styles import Styles, safe_value
from notifykit.rendering.tags import kept

_LONGEST = 300

logger = logging.getLogger("notifykit")

_STYLE = re.compile(
    r"""(?P<start><style(?P<rest>(?:[^>"']|"[^"]*"|'[^']*')*)>)(?P<css>.*)</style\s*>""",
    re.DOTALL | re.IGNORECASE,
)
_MARKED_KEPT = re.compile(r"""\s+data-premailer\s*=\s*["']?ignore["']?""", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Page:
    """
    One page with all templates that make it.

    What the mail brings has no part in the style: neither is it looked at for tags, nor does a
    value within ``<style>`` become more than a value. Where the templates leave in doubt what
    becomes of a style, the finished page is parsed and its style put in, mail by mail; a warning
    says so, once. So does one where a part of a style cannot be read. Safe to call from several
    threads.

    Args:
        environment: Where the templates are; it stays as it is.
        name: The page's own template.
        told: What has been said about parts that cannot be read, by pages of the same templates.

    Attributes:
        doubt: Why each mail has to be looked at, with file and line; ``None`` where none has to.

    Raises:
        TemplateSyntaxError: A template cannot be read, or a selector in it.
        RenderError: The style is larger than 64 KB.
    """

    def __init__(
        self, environment: TemplateEnvironment, name: str, told: set[str] | None = None
    ) -> None:
        self.doubt: str | None = None
        self._name = name
        self._told = set() if told is None else told
        self._lost = False
        self._reading = Reading(environment)
        self._environment = environment.woven(self._reading, self._reading.weave)
        self._filled = environment.woven(cast("BaseLoader", environment.loader), self._guard)
        self._styles = lru_cache(maxsize=8)(self._work_out)
        try:
            self._reading.read(name)
        except Doubt as doubt:
            self._give_up(doubt)
        self._tell(self._reading.losses.values())

    @property
    def exists(self) -> bool:
        """Whether there is such a template."""
        return self._reading.has(self._name)

    def is_up_to_date(self) -> bool:
        """Tell whether the files are still the ones that were read."""
        return self.exists and self._reading.is_up_to_date()

    def compile(self) -> None:
        """
        Compile all its templates now.

        Raises:
            TemplateSyntaxError: One of them cannot be compiled.
        """
        environment = self._environment if self.doubt is None else self._filled
        for name in self._reading.names():
            environment.get_template(name)

    def render(self, values: Mapping[str, Any]) -> str:
        """
        Fill the page, with its style in its tags.

        Raises:
            RenderError: The page is empty.
            Exception: Whatever a template runs into.
        """
        page = None
        if self.doubt is None:
            try:
                page = self._prepared(values)
            except Doubt as doubt:
                self._give_up(doubt)
        if page is None:
            page = clean_text(self._filled.get_template(self._name).render(values))
            page = page and inlined(page)
        if not page:
            raise RenderError("the page is empty")
        return f"{page}\n" if DOCTYPE.match(page) else f"<!DOCTYPE html>\n{page}\n"

    def _prepared(self, values: Mapping[str, Any]) -> str:
        page = self._finished(self._environment.get_template(self._name).render(values))
        if marks.left_in(page):
            raise Doubt(f"{self._name}: a filter has cut a tag into pieces")
        return clean_text(page)

    def _give_up(self, doubt: Doubt) -> None:
        if self.doubt is None:
            # A selector may be what a client has written.
            self.doubt = shorten(clean_line(str(doubt)), _LONGEST)
            logger.warning(
                "%s; so the style of %s is worked out mail by mail", self.doubt, self._name
            )

    def _tell(self, losses: Iterable[str]) -> None:
        for loss in losses:
            if loss not in self._told:
                self._told.add(loss)
                logger.warning("%s", loss)

    def _guard(self, template: nodes.Template, _name: str) -> None:
        function = f"{safe_value.__module__}.{safe_value.__name__}"
        guard(template, self._reading.filled, function)

    def _finished(self, text: str) -> str:
        """Put the style where the marks are."""
        values: list[str] = []
        texts = [
            _SURROGATE.sub("\ufffd", marks.worded(style["css"], values))
            for style in map(self._style, marks.STYLES.finditer(text))
            if not kept(style["rest"])
        ]
        styles = self._styles(tuple(texts), tuple(values))
        left = iter(styles.left)
        text = marks.STYLES.sub(lambda mark: _left(self._style(mark), mark[2], left), text)
        return marks.TAGS.sub(styles.write, text)

    def _style(self, mark: re.Match[str]) -> re.Match[str]:
        if found := _STYLE.fullmatch(mark[1]):
            return found
        raise Doubt(f"{self._name}: a filter has cut a <style> into pieces")

    def _work_out(self, texts: tuple[str, ...], values: tuple[str, ...]) -> Styles:
        try:
            styles = Styles(texts, values, self._reading.tags)
        except RefusedError as exc:
            raise Doubt(f"{self._name}: {exc}") from exc
        styles.prepare(self._name)
        self._tell(self._lost_now(styles))
        return styles

    def _lost_now(self, styles: Styles) -> list[str]:
        """Say what was not lost before there was a mail; once, as a client may have written it."""
        losses = [
            loss for loss in map(as_written, styles.losses) if loss.text not in self._reading.losses
        ]
        if self._lost or not losses:
            return []
        self._lost = True
        return [told(loss, self._reading.place(loss) or self._name) for loss in losses]


class Pages:
    """
    The pages of a renderer, each read again when one of its files changes.

    Args:
        environment: Where the templates are.
    """

    def __init__(self, environment: TemplateEnvironment) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._pages: dict[str, Page] = {}
        self._told: set[str] = set()

    def get(self, name: str) -> Page:
        """
        Give a page as its files are now.

        Raises:
            TemplateSyntaxError: A template cannot be read.
        """
        with self._lock:
            page = self._pages.get(name)
            if page is None or not page.is_up_to_date():
                page = self._pages[name] = Page(self._environment, name, self._told)
            return page


def _left(style: re.Match[str], end: str, left: Iterator[str]) -> str:
    if kept(style["rest"]):
        rest = marks.VALUES.sub(r"\1", style.string[style.end("start") :])
        return _MARKED_KEPT.sub("", style["start"]) + rest + end
    rest = next(left)
    return f"{style['start']}{rest}</style>{end}" if rest else ""
