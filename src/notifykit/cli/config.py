"""``notifykit config``: what was loaded and from where; no secret, and no connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from notifykit.cli.context import Context
from notifykit.cli.masking import SECRETS
from notifykit.cli.screen import Piece, Styled
from notifykit.errors import ConfigurationError
from notifykit.settings import Settings
from notifykit.settings.model import Reading
from notifykit.settings.providers import Plan, plan
from notifykit.settings.texts import SAID
from notifykit.storage.urls import database


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """
    One variable as it may be shown.

    Attributes:
        origin: ``environment``, a path, ``--locale``, ``default`` or ``derived``; ``None``: unset.
    """

    name: str
    value: str | None
    origin: str | None
    meaning: str


async def run(context: Context) -> int:
    """Show it."""
    reading = context.reading()
    problems = reading.problems
    name = _database_name(reading.settings)
    variables = list(_variables(context, reading))
    chain = plan(reading.settings)
    if context.options.json:
        context.screen.json(
            {
                "ok": not problems,
                "variables": [asdict(variable) for variable in variables],
                "chain": [
                    {"provider": way.provider, "place": way.place, "sender": str(way.sender)}
                    for way in chain.ways
                ],
                "database": name,
                "problems": list(problems.values()),
            }
        )
    else:
        _tell_variables(context, variables)
        _tell_chain(context, chain, name)
        _tell_problems(context, list(problems.values()))
    return 2 if problems else 0


def _variables(context: Context, reading: Reading[Settings]) -> Iterator[Variable]:
    values, origins = context.environment.values, context.environment.origins
    for name, meaning in SAID.items():
        given = values.get(name, "")
        missing = name in reading.problems
        value, origin = (None, None) if missing else _assumed(reading.settings, name)
        if given.strip():
            value, origin = _shown(context, reading, name, given), origins[name]
        yield Variable(name=name, value=value, origin=origin, meaning=meaning[context.locale])


def _shown(context: Context, reading: Reading[Settings], name: str, given: str) -> str:
    if name in reading.problems:
        # What stands in the wrong place may be a password.
        return context.say("config.malformed")
    if name in SECRETS:
        return context.say("config.secret", count=len(given))
    return given.strip()


def _assumed(settings: Settings, name: str) -> tuple[str | None, str | None]:
    ways = plan(settings).ways
    derived = {
        "MAIL_PROVIDER": "" if settings.chain else ", ".join(way.provider for way in ways),
        "MANAGER_EMAIL": ", ".join(map(str, settings.managers)),
        "MAIL_FROM": str(settings.sender) if ways and ways[0].sender else "",
    }
    if derived.get(name):
        return derived[name], "derived"
    field = next(field for field in Settings.model_fields.values() if field.alias == name)
    if name == "DATABASE_URL":
        return "sqlite:///notifykit.db", "default"
    return (str(field.default), "default") if field.default not in (None, (), "") else (None, None)


def _database_name(settings: Settings) -> str | None:
    try:
        return database(settings.database_url).name
    except ConfigurationError:  # told among the problems of the variables
        return None


def _tell_variables(context: Context, variables: list[Variable]) -> None:
    screen = context.screen
    known = [variable for variable in variables if variable.value is not None]
    screen.line(Styled(context.say("config.set"), "head"))
    for variable in known:
        origin = variable.origin or ""
        where = context.say(f"origin.{origin}") if _is_ours(origin) else origin
        style = "dim" if origin in ("default", "derived") else "strong"
        screen.line(
            f"  {variable.name} = ",
            Styled(variable.value or "", style),
            Styled(f"  ({where})", "dim"),
        )
        screen.paragraph(variable.meaning, indent=4, style="dim")
    screen.heading(context.say("config.unset"))
    screen.facts(
        (variable.name, variable.meaning) for variable in variables if variable.value is None
    )


def _is_ours(origin: str) -> bool:
    return origin in ("environment", "default", "derived", "--locale")


def _tell_chain(context: Context, chain: Plan, database_name: str | None) -> None:
    screen = context.screen
    screen.heading(context.say("config.chain"))
    rows: list[list[Piece]] = [
        [
            f"{number}. ",
            Styled(way.provider, "strong"),
            way.place,
            Styled(context.say("config.sender", sender=way.sender), "dim"),
        ]
        for number, way in enumerate(chain.ways, 1)
    ]
    for number, provider, place, sender in screen.columns(rows) if rows else []:
        screen.line("  ", number, provider, "  ", place, "  ", sender)
    if not rows:
        screen.line("  ", Styled(context.say("config.nobody"), "bad"))
    screen.heading(context.say("config.database"))
    screen.line("  ", database_name or Styled(context.say("config.malformed"), "bad"))


def _tell_problems(context: Context, problems: list[str]) -> None:
    screen = context.screen
    if not problems:
        screen.line()
        return screen.line(Styled(context.say("config.ok"), "good"))
    screen.heading(context.say("config.problems"))
    for problem in problems:
        screen.line("  ❌ ", Styled(problem, "bad"))
    return None
