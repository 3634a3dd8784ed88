"""``notifykit demo``."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default

import pytest

from notifykit.simulators import SmtpServer

# But for where the packages are, which some environments need.
NOTHING = {"PYTHONPATH": os.pathsep.join(sys.path)}


def test_it_works_in_an_empty_folder_with_an_empty_environment(tmp_path):
    command = [sys.executable, "-m", "notifykit", "demo"]

    runs = [
        subprocess.run(
            command, cwd=tmp_path, env=NOTHING, capture_output=True, timeout=60, check=False
        )
        for _ in range(2)
    ]

    assert [(0, b""), (0, b"")] == [(run.returncode, run.stderr) for run in runs]
    assert "Всё как обещано." in runs[1].stdout.decode()
    letter = message_from_bytes((tmp_path / "demo/1-order.eml").read_bytes(), policy=default)
    assert "Иван Петров" in letter["Subject"]
    assert "00-0123\tЦемент М500" in letter.get_body(("plain",)).get_content()
    assert "<html" in (tmp_path / "demo/2-call.html").read_text("utf-8")
    with sqlite3.connect(tmp_path / "demo/notifykit.db") as database:
        rows = database.execute("SELECT status, count(*) FROM order_submissions GROUP BY 1")
        assert [("SENT", 6)] == list(rows)
    database.close()


@pytest.mark.parametrize("locale", ["ru", "en"])
def test_it_tells_the_story_step_by_step(shell, locale):
    run = shell("demo", "--dir", "папка с пробелом", "--locale", locale)

    assert 0 == run.code
    assert "EHLO → STARTTLS → EHLO → AUTH PLAIN → MAIL → RCPT → DATA" in run.out
    assert "Username and Password not accepted" in run.out
    assert "535 5.7.8" in run.out
    said = "Google не принял логин" if locale == "ru" else "Google did not accept the user name"
    assert said in run.out
    assert run.out.index("❌ gmail") < run.out.index("✅ yandex")
    assert "1-order.html" in run.out
    assert "sqlite3 'папка с пробелом/notifykit.db' \"SELECT" in run.out


def test_its_submissions_can_be_looked_at_afterwards(shell, monkeypatch):
    shell("demo")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///demo/notifykit.db")

    found = shell("submissions", "--json").json

    assert ["order", "manager_call", "order"] == [each["kind"] for each in found]
    assert ["gmail", "yandex"] == [attempt["provider"] for attempt in found[0]["attempts"]]
    assert "gmail.credentials-refused" == found[0]["attempts"][0]["diagnosis"]


def test_it_does_not_read_the_mail_settings_of_the_folder(shell):
    shell.write(".env", "MAIL_PROVIDER=sendgrid\nSENDGRID_API_KEY=SG.canary\n")

    run = shell("demo")

    assert 0 == run.code
    assert "canary" not in run.out


def test_a_mail_that_does_not_arrive_is_not_called_success(shell, monkeypatch):
    # The port to the world here is the server: it takes the mail and loses it.
    monkeypatch.setattr(SmtpServer, "keep", lambda server, mail: None)

    run = shell("demo")

    assert 1 == run.code
    assert "❌ не так, как обещано: 0 mails" in run.out
    assert "Всё как обещано." not in run.out


def test_a_folder_that_is_a_file_is_said(shell):
    shell.write("taken", "")

    run = shell("demo", "--dir", "taken")

    assert 2 == run.code
    assert "В папку taken не записать" in run.err
    assert 1 == len(run.err.splitlines())


def test_without_trustme_it_says_what_to_install(tmp_path):
    (tmp_path / "trustme.py").write_text("raise ImportError")
    env = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]), "NOTIFYKIT_LOCALE": "en"}

    run = subprocess.run(
        [sys.executable, "-m", "notifykit", "demo"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 2 == run.returncode
    assert "pip install 'notifykit-mail[demo]'" in run.stderr
    assert "Traceback" not in run.stderr


@contextmanager
def ended(process):
    """A test that fails leaves no process behind."""
    try:
        yield
    finally:
        process.kill()


def test_serve_keeps_the_mailbox_open_for_an_application(tmp_path):
    demo = subprocess.Popen(
        [sys.executable, "-m", "notifykit", "demo", "--serve", "--locale", "en"],
        cwd=tmp_path,
        env=NOTHING,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with demo, ended(demo):
        printed = []
        for line in demo.stdout:
            printed.append(line)
            if "To stop: Ctrl+C" in line:
                break
        variables = [line.strip() for line in printed if "=" in line and line.startswith("  ")]
        wanted = ("MAIL_", "SMTP_", "SSL_", "SALES_", "MANAGER_")
        env_file = tmp_path / "app.env"
        env_file.write_text("\n".join(v for v in variables if v.startswith(wanted)), "utf-8")
        checked = subprocess.run(
            [sys.executable, "-m", "notifykit", "check", "--env-file", str(env_file)],
            cwd=tmp_path,
            env=NOTHING,
            capture_output=True,
            timeout=60,
            check=False,
        )
        order = tmp_path / "order.json"
        order.write_text(
            '{"customer": {"name": "Ivan", "phone": "+7 900 000-00-00"},'
            ' "lines": [{"code": "1", "title": "Cement", "quantity": 1}]}'
        )
        sent = subprocess.run(
            [
                sys.executable,
                "-m",
                "notifykit",
                "send",
                "order",
                "order.json",
                "--env-file",
                str(env_file),
            ],
            cwd=tmp_path,
            env=NOTHING,
            capture_output=True,
            timeout=60,
            check=False,
        )
        news = demo.stdout.readline()
        demo.send_signal(signal.SIGINT)
        demo.wait(30)

    assert (0, 0) == (checked.returncode, sent.returncode)
    assert "A mail came: " in news
    assert (tmp_path / "demo/received-1.eml").exists()
    assert 0 == demo.returncode
