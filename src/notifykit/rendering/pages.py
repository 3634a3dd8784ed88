"""Pages whose style is worked out when their templates are compiled, not for every mail."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from jinja2 import BaseLoader, Environment, TemplateNotFound, TemplateSyntaxError, nodes

from notifykit.errors import RenderError
from notifykit.message import clean_text
from notifykit.rendering import marks
from notifykit.rendering.doubts import Doubt, Uses, named
from notifykit.rendering.environment import TemplateEnvironment
from notifykit.rendering.flat import VALUE
from notifykit.rendering.inline import DOCTYPE, RefusedError, inlined, rules
from notifykit.rendering.markup import Markup, Style, guard
from notifykit.rendering.styles import Styles, safe_value
from notifykit.rendering.tags import Tag, kept

MAX_STYLE = 64 * 1024

logger = logging.getLogger("notifykit")

# What stands in a template, which file that is, and whether it is still the same.
_Source = tuple[str, str | None, Callable[[], bool] | None]

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
    says so, once. Safe to call from several threads.

    Args:
        environment: Where the templates are; it stays as it is.
        name: The page's own template.

    Attributes:
        doubt: Why each mail has to be looked at, with file and line; ``None`` where none has to.

    Raises:
        TemplateSyntaxError: A template cannot be read, or a selector in it.
        RenderError: The style is larger than 64 KB.
    """

    def __init__(self, environment: TemplateEnvironment, name: str) -> None:
        self.doubt: str | None = None
        self._name = name
        self._plain = environment
        self._tags: list[Tag] = []
        self._read: dict[str, tuple[_Source, Markup]] = {}
        self._parsed: dict[str, nodes.Template] = {}
        source = _Snapshot(self._read, environment)
        self._environment = environment.woven(source, self._weave)
        self._filled = environment.woven(cast("BaseLoader", environment.loader), _keep_values)
        self._styles = lru_cache(maxsize=8)(self._work_out)
        try:
            self._take([name])
            self._check()
        except Doubt as doubt:
            self._give_up(doubt)

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
            self.doubt = str(doubt)
            logger.warning("%s; so the style of %s is worked out mail by mail", doubt, self._name)

    def _take(self, names: Sequence[str]) -> None:
        """Read the first template that there is, and whatever it names."""
        for name in names:
            if name in self._read:
                return
            try:
                source = _source(self._plain, name)
            except TemplateNotFound:
                continue
            self._parsed[name] = self._plain.parse(source[0], name, source[1])
            markup = Markup(self._parsed[name], name, len(self._tags))
            self._read[name] = source, markup
            self._tags += markup.tags
            for node, wanted in named(self._parsed[name]):
                if wanted is None:
                    why = "only the mail tells which template is meant"
                    raise Doubt(f"{name}, line {node.lineno}: {why}")
                self._take(wanted)
            return

    def _check(self) -> None:
        """Look for whatever it takes a mail to tell."""
        markups = [markup for _, markup in self._read.values()]
        self._check_styles(markups)
        uses = Uses(self._parsed)
        for markup in markups:
            for line, why in markup.doubts:
                raise Doubt(f"{markup.name}, line {line}: {why}")
            for line, node in markup.within:
                if uses.brings_tags(node):
                    raise Doubt(f"{markup.name}, line {line}: tags may come to stand within a tag")
        for name, line in uses.as_text():
            raise Doubt(f"{name}, line {line}: tags are kept or changed as a text")
        for name, template in self._parsed.items():
            switch = template.find(nodes.ScopedEvalContextModifier)
            if switch or not self._is_escaped(name):
                line = switch.lineno if switch else 1
                raise Doubt(f"{name}, line {line}: not everything is escaped")

    def _is_escaped(self, name: str) -> bool:
        plain = "<" not in self._read[name][0][0]
        escaped = self._plain.autoescape
        return plain or (escaped(name) if callable(escaped) else escaped)

    def _check_styles(self, markups: Sequence[Markup]) -> None:
        styles = [(markup, style) for markup in markups for style in markup.styles]
        size = sum(len(style.text.replace(VALUE, "").encode()) for _, style in styles)
        if size > MAX_STYLE:
            raise RenderError(f"the style has {size:,} bytes: the limit is {MAX_STYLE:,}")
        texts: list[str] = []
        values = 0
        for markup, style in styles:
            texts.append(marks.numbered(style.text, VALUE, values))
            values += style.text.count(VALUE)
            self._check_selectors(markup, style)
        try:
            Styles(texts, ["x"] * values, self._tags).check(self._name)
        except RefusedError as exc:
            raise Doubt(f"{self._name}: {exc}") from exc

    def _check_selectors(self, markup: Markup, style: Style) -> None:
        try:
            rules((marks.numbered(style.text, VALUE, 0),))
        except RefusedError as exc:
            line = markup.line(style, exc.selector)
            if style.settled:
                raise TemplateSyntaxError(str(exc), line, markup.name) from exc
            raise Doubt(f"{markup.name}, line {line}: {exc}") from exc

    def _weave(self, template: nodes.Template, name: str) -> None:
        if name not in self._read:
            raise Doubt(f"{name}: it was not there when the page was read")
        Markup(template, name, self._read[name][1].first).weave()

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
            styles = Styles(texts, values, self._tags)
        except RefusedError as exc:
            raise Doubt(f"{self._name}: {exc}") from exc
        styles.prepare(self._name)
        return styles


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


def _keep_values(template: nodes.Template, _name: str) -> None:
    guard(template, f"{safe_value.__module__}.{safe_value.__name__}")


def _source(environment: Environment, name: str) -> _Source:
    return cast("BaseLoader", environment.loader).get_source(environment, name)


def _left(style: re.Match[str], end: str, left: Iterator[str]) -> str:
    if kept(style["rest"]):
        rest = marks.VALUES.sub(r"\1", style.string[style.end("start") :])
        return _MARKED_KEPT.sub("", style["start"]) + rest + end
    rest = next(left)
    return f"{style['start']}{rest}</style>{end}" if rest else ""
