"""Where each variable came from, and what is odd about the way it is written."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv.parser import Binding, parse_stream
from pydantic import SecretStr

from notifykit.doctor.finding import Finding
from notifykit.doctor.letters import disguised, invisible
from notifykit.doctor.names import disguise, meant
from notifykit.settings import Settings, Sources
from notifykit.settings.environment import bare
from notifykit.settings.texts import SAID, UNREADABLE

SECRETS = frozenset(
    str(field.alias)
    for field in Settings.model_fields.values()
    if field.annotation == SecretStr | None
)

_BOM = "\ufeff"
_PROCESS = {"ru": "окружение процесса", "en": "process environment"}
_QUOTES = "\"'“”„«»‘’`"
_APP_PASSWORD = re.compile(r"(?:[A-Za-z]\s*){16}")
# People's names may stand in these, and folders; in all the others a space is a mistake.
_SPACED = re.compile("_FROM$|_EMAIL$|BRAND_NAME|TEMPLATES|OUTBOX_DIR|CERT_FILE|PROVIDER|LIMITS")
# No Cyrillic letter can stand in these.
_LATIN = re.compile("_PROVIDER$|_SERVER$|_PORT$|_SECURITY$|_REGION$|_LOCALE$|_KEY$|_APP_PASSWORD$")
_HIGHEST = 3  # folders above the current one

Seen = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """
    One variable at one place.

    Attributes:
        value: As the program gets it.
        raw: As it is written, with quotes and comments.
        origin: For people.
    """

    name: str
    value: str
    raw: str
    origin: Any

    @property
    def seen(self) -> Seen:
        """What may be told of it."""
        return {"name": self.name, "origin": self.origin}


def variables(sources: Sources, folder: Path) -> Iterator[Finding]:
    """
    Look at the process's variables and the ``.env`` file.

    Args:
        folder: Where the program runs; the folders above it are searched for a forgotten file.
    """
    bindings = _bindings(sources)
    in_file = {w.name: w for w in _in_file(bindings, sources.file)}
    in_process = {
        name: Written(name, bare(value), value, _PROCESS) for name, value in sources.process.items()
    }
    yield from _origins(in_file, in_process)
    yield from _file_itself(sources, bindings, folder)
    yield from _differences(in_file, in_process, sources.file)
    everywhere = [*in_file.values(), *in_process.values()]
    yield from _names(everywhere)
    ours = [written for written in everywhere if written.name in SAID and written.value]
    for id_, look in _LOOKS.items():
        found = tuple({**written.seen, **more} for written in ours for more in look(written))
        if found:
            yield _finding(id_, *found)


def _bindings(sources: Sources) -> list[Binding]:
    return list(parse_stream(StringIO((sources.text or "").removeprefix(_BOM))))


def _in_file(bindings: list[Binding], file: Path | None) -> Iterator[Written]:
    for binding in bindings:
        if binding.key and binding.value is not None:
            raw = binding.original.string.partition("=")[2].strip("\r\n")
            yield Written(binding.key, bare(binding.value), raw, str(file))


def _finding(id_: str, *seen: Seen) -> Finding:
    return Finding(id=id_, subject="variables", seen=seen)


def _origins(
    in_file: Mapping[str, Written], in_process: Mapping[str, Written]
) -> Iterator[Finding]:
    names = defaultdict(list)
    for name in SAID:
        written = in_process.get(name) or in_file.get(name)
        if written and written.value.strip():
            names[str(written.origin)].append(written)
    for found in names.values():
        told = ", ".join(written.name for written in found)
        yield _finding("fine.variables", {"origin": found[0].origin, "names": told})


def _file_itself(sources: Sources, bindings: list[Binding], folder: Path) -> Iterator[Finding]:
    file, text = sources.file, sources.text
    if sources.fault:
        yield _finding("NK108", {"file": file, "why": UNREADABLE[sources.fault]})
    if file is None and (forgotten := _forgotten(folder)):
        yield _finding("NK113", {"file": forgotten})
    if text and text.startswith(_BOM):
        yield _finding("NK107", {"file": file})
    odd = [binding for binding in bindings if binding.error or _is_bare_word(binding)]
    if odd:
        yield _finding("NK114", *({"file": file, "line": one.original.line} for one in odd))
    lines = defaultdict(list)
    for binding in bindings:
        lines[binding.key].append(str(binding.original.line))
    twice = {name: places for name, places in lines.items() if name in SAID and len(places) > 1}
    if twice:
        seen = ({"name": name, "lines": ", ".join(places)} for name, places in twice.items())
        yield _finding("NK112", *seen)


def _is_bare_word(binding: Binding) -> bool:
    return binding.key is not None and binding.value is None


def _forgotten(folder: Path) -> Path | None:
    above = [folder, *folder.parents][1 : _HIGHEST + 1]
    ours = re.compile(rf"(?m)^\s*(?:export\s+)?(?:{'|'.join(SAID)})\s*=")
    for file in (parent / ".env" for parent in above):
        try:
            if ours.search(file.read_text("utf-8", "replace")):
                return file
        except OSError:
            continue
    return None


def _differences(
    in_file: Mapping[str, Written], in_process: Mapping[str, Written], file: Path | None
) -> Iterator[Finding]:
    both = [name for name in SAID if name in in_file and name in in_process]
    seen = [
        {
            "name": name,
            "file": file,
            "process": _shown(in_process[name]),
            "written": _shown(in_file[name]),
        }
        for name in both
        if in_file[name].value.strip() != in_process[name].value.strip()
    ]
    if seen:
        yield _finding("NK102", *seen)


def _shown(written: Written) -> Any:
    if written.name not in SECRETS:
        return written.value.strip() or "–"
    count = len(written.value)
    return {"ru": f"секрет из {count} знаков", "en": f"a secret of {count} characters"}


def _names(everywhere: list[Written]) -> Iterator[Finding]:
    present = {written.name for written in everywhere if written.value.strip()}
    disguises, near = [], []
    for written in everywhere:
        if found := disguise(written.name):
            right, place = found
            disguises.append({"name": right, "place": place, "origin": written.origin})
        elif right_name := meant(written.name, present):
            near.append({**written.seen, "right": right_name})
    if disguises:
        yield _finding("NK110", *disguises)
    if near:
        yield _finding("NK111", *near)


# What may be odd about one value; each gives what to tell besides name and origin.


def _quotes(written: Written) -> Iterator[Seen]:
    from_process = written.origin is _PROCESS
    inside = written.raw.strip() if from_process else written.value
    if inside and (inside[0] in _QUOTES or inside[-1] in _QUOTES):
        yield {}


def _comment(written: Written) -> Iterator[Seen]:
    # Within quotes a # is meant.
    if written.raw.lstrip()[:1] not in ('"', "'") and re.search(r"\s#", written.raw):
        yield {}


def _spaces(written: Written) -> Iterator[Seen]:
    if "#" in written.raw or _is_app_password(written):
        return
    inside = " " in written.value.strip() and not _SPACED.search(written.name)
    if inside or written.value != written.value.strip(" \t"):
        yield {}


def _unseen(written: Written) -> Iterator[Seen]:
    if not _is_app_password(written):
        # What stands at the end of a line some programs drop, and others do not.
        found = [*invisible(written.value), *invisible(written.raw)]
        for place, kind in found[:1]:
            yield {"place": place, "kind": kind}


def _is_app_password(written: Written) -> bool:
    # The settings take white space out of these.
    password = written.name.endswith("PASSWORD")
    return password and bool(_APP_PASSWORD.fullmatch(written.value.strip()))


def _disguises(written: Written) -> Iterator[Seen]:
    value = written.value
    if "BRAND_NAME" in written.name or "FOLDER" in written.name:
        return
    if "@" in value and written.name not in SECRETS:
        # The name before an address may be anything.
        value = "".join(part if "@" in part else " " * len(part) for part in _parts(value))
    place = disguised(value, all_latin=bool(_LATIN.search(written.name)))
    if place is not None:
        yield {"place": place}


def _parts(value: str) -> list[str]:
    return re.split(r"([\s<>,;\"]+)", value)


_LOOKS: Mapping[str, Callable[[Written], Iterator[Seen]]] = {
    "NK103": _quotes,
    "NK104": _comment,
    "NK105": _spaces,
    "NK106": _unseen,
    "NK109": _disguises,
}
