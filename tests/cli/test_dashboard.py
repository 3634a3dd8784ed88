"""``notifykit dashboard`` and ``notifykit preview``."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

PASSWORD = "correct horse"


@contextmanager
def running(*argv, stop=signal.SIGINT, **variables):
    """Run a command until the test is over; its address, and what it said in the end."""
    environ = {**os.environ, "PYTHONUTF8": "1", "NOTIFYKIT_LOCALE": "en", **variables}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "notifykit", *argv],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = [process.stdout.readline()]
        while "Ctrl+C" not in said[-1] and said[-1]:
            said.append(process.stdout.readline())

        def ended():
            process.send_signal(stop)
            rest, _ = process.communicate(timeout=20)
            return process.returncode, "".join([*said, rest])

        yield said[0].split()[-1], ended
    finally:
        process.kill()
        process.communicate()


def asked(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return answer.read().decode()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_dashboard_says_its_address_answers_there_and_ends_when_told_to(outbox, stop):
    with running("dashboard", "--port", "0", stop=stop) as (address, ended):
        page = asked(address)
        ready = json.loads(asked(address.replace("/dashboard", "/readyz")))
        code, said = ended()

    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/dashboard")
    assert "<h1>Overview</h1>" in page
    assert ready["ready"]
    assert (0, True) == (code, "has stopped" in said)
    assert "Traceback" not in said


def test_it_stops_at_once_though_a_page_is_open(outbox):
    with running("dashboard", "--port", "0") as (address, ended):
        stream = urllib.request.urlopen(
            urllib.request.Request(f"{address}/", headers={"Accept": "text/event-stream"}),
            timeout=20,
        )
        stream.readline()
        code, said = ended()

    assert 0 == code
    assert "Traceback" not in said


def test_without_mail_settings_it_looks_only_and_says_so(shell):
    with running("dashboard", "--port", "0") as (address, ended):
        page = asked(address)
        _, said = ended()

    assert "Looking only" in page
    assert "Mail is not set up" in said


def test_another_address_is_refused_without_a_password(shell):
    run = shell("dashboard", "--host", "0.0.0.0", "--locale", "en")

    assert 2 == run.code
    assert "Set NOTIFYKIT_DASHBOARD_PASSWORD" in run.err
    assert "" == run.out


def test_another_address_is_answered_at_with_a_password(shell):
    variables = {"NOTIFYKIT_DASHBOARD_PASSWORD": PASSWORD}
    with running("dashboard", "--host", "0.0.0.0", "--port", "0", **variables) as (address, ended):
        page = asked(address.replace("0.0.0.0", "127.0.0.1"))
        _, said = ended()

    assert "<h1>Sign in</h1>" in page
    assert "NOTIFYKIT_DASHBOARD_HOSTS" in said


def test_a_password_that_is_too_short_is_told_and_not_left_out(shell, monkeypatch):
    monkeypatch.setenv("NOTIFYKIT_DASHBOARD_PASSWORD", "secret")

    run = shell("dashboard", "--locale", "en")

    assert 2 == run.code
    assert "NOTIFYKIT_DASHBOARD_PASSWORD is too short" in run.err
    assert "secret" not in run.err


def test_a_port_that_is_taken_is_told_with_another_one(shell):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = shell("dashboard", "--port", str(port), "--locale", "en")

    assert 2 == run.code
    assert f"Port {port} at 127.0.0.1 is taken" in run.err
    assert f"--port {port + 1}" in run.err


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_is_a_number(shell, port):
    assert "нужен порт" in shell("dashboard", f"--port={port}").err


def test_the_preview_shows_kinds_of_your_own(shell):
    shell.write(
        "parcels.py",
        "from notifykit import Notification\n"
        "class ParcelHere(Notification):\n"
        "    shelf: str\n"
        "    @classmethod\n"
        "    def sample(cls, locale): return cls(shelf='Shelf 7')\n",
    )
    (shell.folder / "templates").mkdir()
    for name in ("parcel_here.subject.txt", "parcel_here.txt"):
        shell.write(f"templates/{name}", "{{ notification.shelf }}")

    with running(
        "preview", "--no-browser", "--import", "parcels", NOTIFYKIT_TEMPLATES="templates"
    ) as (address, ended):
        page = asked(f"{address}?kind=parcel_here")
        code, _ = ended()

    assert "Shelf 7" in page
    assert 0 == code


def test_a_module_that_cannot_be_loaded_is_told(shell):
    run = shell("preview", "--import", "nothing_like_it", "--locale", "en")

    assert 2 == run.code
    assert "nothing_like_it cannot be loaded: ModuleNotFoundError" in run.err
