"""
Build the wheel and the sdist, and use each from where nothing else of the project is.

Four ways to have the library must find the templates: the wheel, a wheel built from the sdist, the
wheel as a zip file on the path, and the editable checkout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = next((ROOT / ".tools").glob("uv-*/bin/uv"))

USE = """
import asyncio, pathlib, sys
import notifykit
assert not {"httpx", "sqlalchemy", "premailer", "lxml"} & set(sys.modules), "import is not cheap"
from notifykit import Contact, ManagerCall, Notifier, Order, OrderLine

async def main():
    here = pathlib.Path.cwd()
    environ = {
        "MAIL_PROVIDER": "file",
        "NOTIFYKIT_OUTBOX_DIR": str(here / "outbox"),
        "DATABASE_URL": f"sqlite:///{here}/notifykit.db",
        "SALES_EMAIL": "sales@example.com",
    }
    customer = Contact(name="Иван Петров", phone="+7 900 000-00-00")
    line = OrderLine(code="00-0123", title="Цемент М500", quantity="10", price="512.50")
    async with Notifier.from_env(environ) as notifier:
        for notification in (
            Order(customer=customer, lines=[line]),
            ManagerCall(customer=customer, summary="…"),
        ):
            submission = await notifier.send(notification)
            assert submission.status == "SENT", submission
            assert "<html" in submission.email.html
            assert submission == await notifier.repository.get(submission.id)
    assert len(list((here / "outbox").glob("*.eml"))) == 2
    print("   ", notifykit.__version__, "from", notifykit.__file__.replace(str(here), "…"))

asyncio.run(main())
"""


def run(*command: str | Path, cwd: Path = ROOT, **environ: str) -> None:
    bare = {
        name: os.environ[name] for name in ("PATH", "HOME", "SSL_CERT_FILE") if name in os.environ
    }
    registry = {
        name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_"))
    }
    subprocess.run(command, cwd=cwd, check=True, env=bare | registry | environ)


def build(kind: str, source: Path, target: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target, cwd=source)
    return next(target.glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def empty_environment(folder: Path, *packages: str | Path) -> Path:
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    pinned = ("--constraints", ROOT / "constraints.txt")
    install = (UV, "pip", "install", "--quiet", "--python", python, *pinned, *packages)
    try:
        run(*install)
    except subprocess.CalledProcessError:
        # Behind a proxy with certificates of its own only the system knows those.
        run(*install, UV_SYSTEM_CERTS="true")
    return python


def use(name: str, python: Path, folder: Path, **environ: str) -> None:
    print(name, flush=True)
    folder.mkdir()
    run(python, "-c", USE, cwd=folder, PYTHONUTF8="1", **environ)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary).resolve()
        wheel = build("wheel", ROOT, place / "wheel")
        sdist = build("sdist", ROOT, place / "sdist")
        run("tar", "-xzf", sdist, cwd=place)
        unpacked = place / sdist.name.removesuffix(".tar.gz")
        second = build("wheel", unpacked, place / "second")

        python = empty_environment(place / "env", wheel)
        use("the wheel in an empty environment", python, place / "a")
        run(UV, "pip", "uninstall", "--quiet", "--python", python, "notifykit-mail")
        use("the wheel as a zip file", python, place / "b", PYTHONPATH=str(wheel))
        run(UV, "pip", "install", "--quiet", "--no-deps", "--python", python, second)
        use("the wheel of the sdist", python, place / "c")
        use("the editable checkout", Path(sys.executable), place / "d")


if __name__ == "__main__":
    main()
