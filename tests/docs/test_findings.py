"""Every number has its place on the page, with cause and steps."""

from generated import fill

from notifykit.doctor import entries


def test_every_number_is_on_the_page_with_its_cause(locale, text):
    filled = fill(text(f"{locale}/findings.md"))

    for entry in entries().values():
        if entry.number:
            assert f"### {entry.number}\n" in filled
            assert entry.causes[locale] in filled
    assert "{" not in filled


def test_the_first_troubles_name_numbers_that_there_are(locale, text):
    page = text(f"{locale}/first-troubles.md")
    named = {word.strip("`().,:;") for word in page.split() if word.strip("`(").startswith("NK")}

    assert {"NK102", "NK205", "NK303"} <= named
    assert set() == named - set(entries())
