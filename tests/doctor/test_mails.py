"""Every template renders, and none of the user's own is passed over in silence."""

import pytest

from notifykit.doctor.mails import mails
from notifykit.rendering import TemplateRenderer


def looked(folder=None):
    return [
        (finding.id, finding.evidence("en"))
        for finding in mails(TemplateRenderer(templates=folder), folder)
    ]


def test_the_stock_templates_render():
    assert [("fine.templates", "rendered: order, manager_call")] == looked()


def test_a_template_that_wants_what_is_not_there_is_named_with_its_file(tmp_path):
    (tmp_path / "order.txt").write_text("{{ order.nonsense }}", "utf-8")

    ((id_, told),) = looked(tmp_path)
    assert "NK601" == id_
    assert "order.txt" in told
    assert "nonsense" in told


def test_a_broken_template_of_a_kind_of_ones_own_is_named(tmp_path):
    (tmp_path / "refund.subject.txt").write_text("{%", "utf-8")
    (tmp_path / "refund.txt").write_text("Refund", "utf-8")

    ((id_, told),) = looked(tmp_path)
    assert "NK601" == id_
    assert "refund.subject.txt, line 1" in told


def test_a_template_that_neither_compiles_nor_renders_is_told_once(tmp_path):
    (tmp_path / "order.txt").write_text("{%", "utf-8")

    ((id_, told),) = looked(tmp_path)
    assert "NK601" == id_
    assert 1 == told.count("order.txt")


def test_kinds_of_ones_own_are_named_as_read(tmp_path):
    for name in ("review.subject.txt", "review.txt"):
        (tmp_path / name).write_text("Review", "utf-8")

    assert [("fine.templates", "rendered: order, manager_call; read: review")] == looked(tmp_path)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("orders.html", "order.html"),
        ("order.html.j2", "order.html"),
        ("Order.HTML", "order.html"),
        ("manager-call.txt", "manager_call.txt"),
        ("order.subject.text", "order.subject.txt"),
        ("Layout.html", "layout.html"),
    ],
)
def test_a_file_that_is_named_nearly_right_is_told(tmp_path, name, right):
    (tmp_path / name).write_text("", "utf-8")

    assert ("NK602", f"{name}: {right} is wanted") in looked(tmp_path)


def test_a_folder_without_any_file_of_ours_is_told(tmp_path):
    (tmp_path / "readme.md").write_text("", "utf-8")

    assert ["fine.templates", "NK603"] == [id_ for id_, _ in looked(tmp_path)]


def test_templates_of_a_kind_of_ones_own_are_no_mistake(tmp_path):
    for name in ("review.subject.txt", "review.txt", "review.html", "logo.png", "_macros.html"):
        (tmp_path / name).write_text("", "utf-8")

    assert ["fine.templates"] == [id_ for id_, _ in looked(tmp_path)]
