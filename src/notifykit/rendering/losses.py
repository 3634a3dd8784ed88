"""What does not survive the reading of a style."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notifykit.rendering.flat import VALUE

UNREADABLE = "this cannot be read, and is left out of the style"
OPEN = "this has no end, and hides what follows it in the style"
NOT_KEPT = (
    "this is left out of the style: what is to stay as it is belongs into "
    '<style data-premailer="ignore">'
)

# cssutils names some of what it drops in the last of several complaints.
_NAMED = re.compile(
    r"(?:Syntax Error in Property|No CSS priority value): (?P<text>.*)"
    r"|(?:ignoring upto|No selector found:) (?P<literal>.*)\. \[\d+:\d+: .*\]"
    r"|CSSStylesheet: .* \[\d+:\d+: (?P<token>.*)\]",
    re.DOTALL,
)
_SELECTOR = "Invalid Selector: "
_TOKENS = re.compile(
    r"""/\*.*?\*/
    | url\(\s*[^\s"')][^)]*\)
    | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'
    | (?P<open>/\*|["'])
    | (?P<brace>[{}])
    """,
    re.DOTALL | re.VERBOSE,
)
_AS_WRITTEN = {**dict.fromkeys("\"'", "[\"']"), VALUE: rf"(?:{VALUE}|\{{\{{.*?\}}\}})"}
_MEDIA = re.compile(r"/\*.*?\*/|(@media[^{;]*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Loss:
    """
    A part of a style that does nothing.

    Attributes:
        text: Its beginning, nearly as it was written.
        why: What is wrong with it.
    """

    text: str
    why: str = UNREADABLE


class Complaints(logging.Logger):
    """
    Takes what cssutils would tell stderr.

    Attributes:
        selectors: Those that it could not read; it leaves them out without another word.
        losses: Whatever else it leaves out.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.selectors: list[str] = []
        self.losses: list[Loss] = []

    def handle(self, record: logging.LogRecord) -> None:
        """Keep what a complaint is about."""
        said = record.getMessage()
        _, found, selector = said.partition(_SELECTOR)
        if found:
            self.selectors.append(selector.strip())
        elif record.levelno >= logging.ERROR and (named := _NAMED.search(said)):
            text = named["text"] or named["token"] or ast.literal_eval(named["literal"])
            self.losses.append(Loss(text.strip()))


def found_in(css: str, part: str) -> int | None:
    """
    Say where a part of a style begins, however it is spaced and quoted.

    Args:
        css: As it is written in a template.
        part: As cssutils gives it, with signs for Jinja's values.
    """
    tokens = re.findall(r"\w+|[^\w\s]", part)
    wanted = r"\s*".join(_AS_WRITTEN.get(token) or re.escape(token) for token in tokens)
    whole = re.search(rf"{wanted}(?=\s*(?:[;{{}},]|/\*|\Z))", css)
    found = whole or re.search(wanted, css)
    return found.start() if found else None


def unfinished(css: str) -> Iterator[Loss]:
    """Find the comment, the string or the brace that has no end."""
    held: list[int] = []
    for token in _TOKENS.finditer(css):
        if token["open"]:
            yield Loss(css[token.start() :].split("\n", 1)[0].strip(), OPEN)
            return
        if token["brace"] == "{":
            held.append(token.end())
        elif token["brace"] and held:
            held.pop()
    if held:
        begin = re.search(r"[^;{}/]*\{\Z", css[: held[-1]])
        yield Loss(begin[0].strip() if begin else "{", OPEN)


def dropped(css: str, sheet: Any) -> Iterator[Loss]:
    """
    Find what premailer passes over without a word.

    Args:
        css: The style.
        sheet: What cssutils made of it.
    """
    queries = iter([query for query in _MEDIA.findall(css) if query])
    for rule in sheet:
        if rule.type == rule.MEDIA_RULE:
            query = next(queries, "@media").strip()
            # This is what cssutils makes of one that it cannot read.
            if rule.media.mediaText == "all" != query[len("@media") :].strip().lower():
                yield Loss(query)
        elif rule.type not in {rule.STYLE_RULE, rule.COMMENT, rule.CHARSET_RULE}:
            yield Loss(rule.atkeyword or "@", NOT_KEPT)
