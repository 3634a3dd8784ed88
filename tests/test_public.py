"""What other programs import."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import notifykit

HEAVY = {"httpx", "sqlalchemy", "premailer", "lxml", "mcp", "aiosmtplib", "jinja2"}


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_library_loads_no_client_no_database_and_no_template_engine() -> None:
    assert set() == HEAVY & loaded_by("import notifykit")


def test_the_front_door_and_the_values_load_none_of_them_either() -> None:
    loaded = loaded_by("from notifykit import Notifier, Order, Email, Transport, Settings")

    assert set() == {"httpx", "sqlalchemy", "premailer", "lxml", "mcp"} & loaded


@pytest.mark.parametrize(
    "module",
    [
        "notifykit",
        "notifykit.transports",
        "notifykit.storage",
        "notifykit.rendering",
        "notifykit.testing",
        "notifykit.simulators",
        "notifykit.diagnosis",
    ],
)
def test_every_public_name_is_there_and_the_list_is_sorted(module: str) -> None:
    loaded = importlib.import_module(module)

    assert [*loaded.__all__] == sorted(loaded.__all__, key=lambda name: (not name.isupper(), name))
    assert all(getattr(loaded, name) is not None for name in loaded.__all__)


def test_a_wrong_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Notifer'"):
        notifykit.Notifer  # noqa: B018 - looking it up is the test
    with pytest.raises(ImportError):
        exec("from notifykit.transports import SmtpTransprot")


def test_names_can_be_completed() -> None:
    assert set(notifykit.__all__) <= set(dir(notifykit))
