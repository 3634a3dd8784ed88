"""Pages whose style is worked out when their templates are compiled, not for every mail."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from jinja2 import BaseLoader, Environment, TemplateNotFound, nodes

from notifykit.errors import RenderError
from notifykit.message import clean_text
from notifykit.rendering import marks
from notifykit.rendering.environment import TemplateEnvironment
from notifykit.rendering.markup import Markup
from notifykit.rendering.nesting import surroundings
from notifykit.rendering.styles import Styles
from notifykit.rendering.tags import Tag, kept

MAX_STYLE = 64 * 1024

# What stands in a template, which file that is, and whether it is still the same.
_Source = tuple[str, str | None, Callable[[], bool] | None]

_STYLE = re.compile(
    r"""(?P<start><style(?P<rest>(?:[^>"']|"[^"]*"|'[^']*')*)>)(?P<css>.*)</style\s*>""",
    re.DOTALL | re.IGNORECASE,
)
_MARKED_KEPT = re.compile(r"""\s+data-premailer\s*=\s*["']?ignore["']?""", re.IGNORECASE)
_BEFORE_BODY = re.compile(
    r"(?:\s*<!doctype[^>]*>)?(?:\s*<html[^>]*>)?(?:\s*<head.*?</head\s*>)?",
    re.DOTALL | re.IGNORECASE,
)


class Page:
    """
    One page with all templates that make it.

    What the mail brings has no part in the style: neither is it looked at for tags, nor does a
    value within ``<style>`` become more than a value. Safe to call from several threads.

    Args:
        environment: Where the templates are; it stays as it is.
        name: The page's own template.

    Raises:
        TemplateSyntaxError: A template cannot be read, or a tag in it has no end.
    """

    def __init__(self, environment: TemplateEnvironment, name: str) -> None:
        self._name = name
        self._plain = environment
        self._lock = threading.Lock()
        self._tags: list[Tag] = []
        self._read: dict[str, tuple[_Source, Markup]] = {}
        self._around = surroundings(name, self._find, self._tags)
        self._environment = environment.woven(_Snapshot(self._read, environment), self._weave)
        self._styles = lru_cache(maxsize=8)(self._work_out)

    @property
    def exists(self) -> bool:
        """Whether there is such a template."""
        return self._name in self._read

    def is_up_to_date(self) -> bool:
        """Tell whether the files are still the ones that were read."""
        checks = [source[2] for source, _ in self._read.values()]
        return self.exists and all(check() for check in checks if check)

    def render(self, values: Mapping[str, Any]) -> str:
        """
        Fill the page, with its style in its tags.

        Raises:
            RenderError: The page is empty, its style is larger than 64 KB or cannot be inlined.
            Exception: Whatever a template runs into.
        """
        page = self._finished(self._environment.get_template(self._name).render(values))
        if marks.left_in(page):
            raise RenderError("a filter has cut a tag into pieces")
        page = clean_text(page)
        if not page:
            raise RenderError("the page is empty")
        said = page[:9].lower() == "<!doctype"
        return f"{page}\n" if said else f"<!DOCTYPE html>\n{page}\n"

    def _find(self, names: Sequence[str]) -> Markup | None:
        for name in names:
            if name not in self._read:
                try:
                    source = _source(self._plain, name)
                except TemplateNotFound:
                    continue
                template = self._plain.parse(source[0], name, source[1])
                self._read[name] = source, self._numbered(template, name)
            return self._read[name][1]
        return None

    def _numbered(self, template: nodes.Template, name: str) -> Markup:
        markup = Markup(template, name, len(self._tags))
        self._tags += markup.tags
        return markup

    def _weave(self, template: nodes.Template, name: str) -> None:
        with self._lock:
            known = self._read.get(name)
            markup = (
                Markup(template, name, known[1].first) if known else self._numbered(template, name)
            )
        markup.weave()

    def _finished(self, text: str) -> str:
        """Put the style where the marks are."""
        found = [_style(style) for style, _ in marks.STYLES.findall(text)]
        _check_size(found)
        values: list[str] = []
        texts = [marks.worded(style["css"], values) for style in found if not kept(style["rest"])]
        styles = self._styles(tuple(texts), tuple(values))
        left = iter(styles.left)
        text = marks.STYLES.sub(lambda style: _left(style[1], style[2], left), text)
        return self._with_body(marks.TAGS.sub(styles.write, text), styles)

    def _work_out(self, texts: tuple[str, ...], values: tuple[str, ...]) -> Styles:
        return Styles(texts, values, self._tags, self._around)

    def _with_body(self, text: str, styles: Styles) -> str:
        """Add the body where the templates leave it out and the style has something for it."""
        body = Tag(name="body", place=self._name)
        if any(tag.name == "body" for tag in self._tags) or not (made := styles.of(body)):
            return text
        before = _BEFORE_BODY.match(text)
        at = before.end() if before else 0
        return f"{text[:at]}<body{made}>{text[at:]}"


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

    def get(self, name: str) -> Page:
        """
        Give a page as its files are now.

        Raises:
            TemplateSyntaxError: A template cannot be read.
        """
        with self._lock:
            page = self._pages.get(name)
            if page is None or not page.is_up_to_date():
                page = self._pages[name] = Page(self._environment, name)
            return page


class _Snapshot(BaseLoader):
    """The templates as they were when the page was read, so that they fit one another."""

    def __init__(self, read: Mapping[str, tuple[_Source, Markup]], plain: Environment) -> None:
        self._read = read
        self._plain = plain

    def get_source(self, environment: Environment, template: str) -> _Source:
        if template in self._read:
            text, file, _ = self._read[template][0]
            return text, file, None
        return _source(self._plain, template)


def _source(environment: Environment, name: str) -> _Source:
    return cast("BaseLoader", environment.loader).get_source(environment, name)


def _style(text: str) -> re.Match[str]:
    found = _STYLE.fullmatch(text)
    if found is None:
        raise RenderError("a filter has cut a <style> into pieces")
    return found


def _check_size(found: Sequence[re.Match[str]]) -> None:
    size = sum(len(marks.VALUES.sub(r"\1", style["css"]).encode()) for style in found)
    if size > MAX_STYLE:
        raise RenderError(f"the style has {size:,} bytes: the limit is {MAX_STYLE:,}")


def _left(text: str, end: str, left: Iterator[str]) -> str:
    style = _style(text)
    if kept(style["rest"]):
        return _MARKED_KEPT.sub("", style["start"]) + text[style.end("start") :] + end
    rest = next(left)
    return f"{style['start']}{rest}</style>{end}" if rest else ""
