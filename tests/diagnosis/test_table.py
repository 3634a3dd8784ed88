"""The table is data; these are the rules it keeps."""

import re
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import notifykit
from notifykit.diagnosis import Kind, Reply, Retry, diagnose, rows, scrub
from notifykit.diagnosis.classify import _answer

VARIABLES = re.compile(
    r"\b(?:SMTP|GMAIL|YANDEX|SENDGRID|MAILGUN|MAIL|SALES|MANAGER|SSL|IMAP)_[A-Z_]+\b"
)
DOCUMENTED = {
    *("MAIL_PROVIDER", "SMTP_USER", "SMTP_PASSWORD", "SMTP_SERVER", "SMTP_PORT", "SMTP_SECURITY"),
    *("SALES_EMAIL", "MANAGER_EMAIL", "MAIL_FROM", "GMAIL_FROM", "YANDEX_FROM", "SENDGRID_FROM"),
    *("MAILGUN_FROM", "GMAIL_USER", "GMAIL_APP_PASSWORD", "YANDEX_USER", "YANDEX_APP_PASSWORD"),
    *("IMAP_SERVER", "IMAP_PORT", "IMAP_USER", "IMAP_PASSWORD"),
    *("SENDGRID_API_KEY", "SENDGRID_REGION", "SENDGRID_API_URL", "SSL_CERT_FILE"),
    *("MAILGUN_API_KEY", "MAILGUN_DOMAIN", "MAILGUN_REGION", "MAILGUN_API_URL"),
}
MENDED_BY_PEOPLE = {Kind.CREDENTIAL, Kind.CONFIG, Kind.SENDER, Kind.QUOTA, Kind.ACCOUNT}


def test_the_words_of_a_provider_lead_to_their_row(heard: Reply, known: str) -> None:
    assert known == diagnose(heard).id


def test_scrubbing_takes_nothing_away_that_the_table_needs(heard: Reply, known: str) -> None:
    assert known == diagnose(replace(heard, text=scrub(heard.text, ["canary-password"]))).id


def test_no_row_is_dead(replies: list[tuple[Reply, str]]) -> None:
    heard = {known for _, known in replies}

    assert heard == {row.diagnosis.id for row in rows()}


def test_no_condition_and_no_fragment_is_dead(replies: list[tuple[Reply, str]]) -> None:
    answers = [(_answer(reply), known) for reply, known in replies]
    dead = [
        (row.diagnosis.id, condition)
        for row in rows()
        for condition in row.when
        for text in condition.texts or ("",)
        if not any(
            known == row.diagnosis.id and condition.fits(answer) and text in answer.text
            for answer, known in answers
        )
    ]

    assert [] == dead


def test_an_id_is_a_provider_and_a_name_in_kebab_case_and_stands_for_one_row() -> None:
    ids = Counter(row.diagnosis.id for row in rows())

    assert [] == [one for one in ids if not re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", one)]
    assert {1} == set(ids.values())


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_every_diagnosis_speaks_both_languages(locale: str) -> None:
    said = [
        sentence
        for row in rows()
        for sentence in (row.diagnosis.cause(locale), row.diagnosis.advice(locale))
    ]

    assert [] == [sentence for sentence in said if not sentence.endswith(".")]
    assert [] == [
        sentence for sentence in said if bool(re.search("[а-яё]", sentence)) != (locale == "ru")
    ]


def test_advice_names_the_same_variables_in_both_languages_and_only_real_ones() -> None:
    named = {
        row.diagnosis.id: [
            set(VARIABLES.findall(row.diagnosis.advice(locale))) for locale in ("ru", "en")
        ]
        for row in rows()
    }

    assert {} == {known: pair for known, pair in named.items() if pair[0] != pair[1]}
    assert set() == {name for russian, _ in named.values() for name in russian} - DOCUMENTED


def test_what_people_must_mend_names_a_variable_or_a_place() -> None:
    vague = [
        row.diagnosis.id
        for row in rows()
        if row.diagnosis.kind in (Kind.CREDENTIAL, Kind.CONFIG, Kind.SENDER)
        and not VARIABLES.search(row.diagnosis.advice("en"))
    ]

    assert [] == vague


def test_a_matter_for_people_holds_the_provider_and_one_of_the_email_never_does() -> None:
    held = {row.diagnosis.id for row in rows() if row.diagnosis.hold}
    wanted = {
        row.diagnosis.id
        for row in rows()
        if row.diagnosis.kind in MENDED_BY_PEOPLE or row.diagnosis.retry is Retry.HOLD
    }

    assert wanted == held
    assert all(
        timedelta(minutes=10) <= row.diagnosis.hold <= timedelta(hours=24)
        for row in rows()
        if row.diagnosis.hold
    )


def test_a_fragment_that_an_address_could_carry_counts_at_the_login_only() -> None:
    loose = [
        (row.diagnosis.id, text)
        for row in rows()
        for condition in row.when
        for text in condition.texts
        if " " not in text and condition.stages != ("auth",)
    ]

    assert [] == loose


def test_fragments_are_written_as_texts_are_compared() -> None:
    strange = [
        text
        for row in rows()
        for condition in row.when
        for text in condition.texts
        if text != text.lower() or "  " in text or "\n" in text
    ]

    assert [] == strange


def test_importing_the_package_does_not_read_the_table() -> None:
    code = (
        "import notifykit.diagnosis as d; from notifykit.diagnosis.table import rows;"
        "assert rows.cache_info().currsize == 0; d.find('x'); assert rows.cache_info().currsize"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_table_is_read_from_a_zip_too(tmp_path: Path) -> None:
    source = Path(notifykit.__file__).parent
    archive = tmp_path / "notifykit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in source.rglob("*"):
            if name.suffix in (".py", ".toml"):
                packed.write(name, Path("notifykit") / name.relative_to(source))
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r}); import notifykit.diagnosis as d;"
        "assert '.zip' in d.__file__, d.__file__; assert d.find('gmail.daily-limit')"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
