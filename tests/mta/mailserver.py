"""
A Postfix of our own with Dovecot's logins, for as long as the tests run.

Configuration, queue and mailboxes are in a temporary folder, every port is on the loopback
interface, and what is not for the one mailbox here is refused: no mail leaves this machine. Of the
system's ``/etc/postfix`` only the list of files is read that Postfix checks itself with.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from notifykit.simulators.serving import LocalServer
from notifykit.transports import Relay, Security

USER, PASSWORD = "bot@example.com", "пароль 1234"
SIZE = 3_000_000
FEW = 35

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_PATIENCE = 20.0

MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
daemon_directory = {daemons}
command_directory = /usr/sbin
meta_directory = {meta}
maillog_file = {root}/postfix.log
maillog_file_prefixes = {root}
myhostname = mail.example.com
mydestination =
inet_protocols = ipv4
inet_interfaces = loopback-only
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
relay_domains =
default_transport = error:5.7.1 no mail leaves this machine
relay_transport = error:5.7.1 no mail leaves this machine
local_transport = error:5.7.1 nobody lives here
virtual_mailbox_domains = example.com example.org xn--e1afmkfd.xn--p1ai xn--bcher-kva.example
virtual_mailbox_maps = static:all/
virtual_mailbox_base = {root}/mail
virtual_mailbox_limit = 0
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
message_size_limit = {size}
in_flow_delay = 0
biff = no
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_tls_chain_files = {root}/server.pem
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_sasl_security_options = noanonymous
smtpd_sender_login_maps = inline:{{ {user}={user} }}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions =
    reject_sender_login_mismatch
    check_recipient_access regexp:{root}/config/recipients
    permit_sasl_authenticated
    reject
"""

MASTER = """
127.0.0.1:{starttls} inet n - n - - smtpd
127.0.0.1:{implicit} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
127.0.0.1:{few} inet n - n - - smtpd
  -o smtpd_recipient_limit={most}
127.0.0.1:{greylisting} inet n - n - - smtpd
  -o {{ smtpd_recipient_restrictions =
    check_policy_service inet:127.0.0.1:{policy}, permit_sasl_authenticated, reject }}
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

RECIPIENTS = """
/^gone@/ 550 5.1.1 User unknown in virtual mailbox table
/^busy@/ 450 4.2.1 Mailbox busy, try again later
/^full@/ 552 5.2.2 The recipient's mailbox is full
"""

DOVECOT = """
base_dir = {root}/dovecot
state_dir = {root}/dovecot
protocols =
log_path = {root}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={root}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {auth}
  }}
}}
"""


class GreylistingPolicy(LocalServer):
    """Postfix's policy protocol: whoever is not known yet is told to come again."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[tuple[str, str]] = set()
        self.port = 0

    async def _open(self) -> None:
        self._server = await asyncio.start_server(self._answer, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while lines := await self._request(reader):
            asked = dict(line.split("=", 1) for line in lines)
            pair = (asked["sender"], asked["recipient"])
            said = "DUNNO" if pair in self.known else "450 4.2.0 Greylisted, come back later"
            self.known.add(pair)
            writer.write(f"action={said}\n\n".encode())
        writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> list[str]:
        lines = []
        while line := (await reader.readline()).decode().strip():
            lines.append(line)
        return lines


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail as it lies in the mailbox: whom it was delivered to, and what was sent."""

    to: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mailserver:
    """
    Where it listens, and what arrived.

    Attributes:
        ports: By what is special there: ``starttls``, ``implicit``, ``few``, ``greylisting``.
        cafile: Certificates to trust.
    """

    root: Path
    ports: dict[str, int]
    cafile: str
    _seen: dict[str, list[Arrived]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)

    def relay(self, port: str) -> Relay:
        security = Security.IMPLICIT if port == "implicit" else Security.STARTTLS
        return Relay("smtp", "127.0.0.1", self.ports[port], security)

    async def arrived(self, message_id: str, count: int) -> list[Arrived]:
        """Wait until so many copies of a mail are in the mailbox."""
        async with asyncio.timeout(_PATIENCE):
            while len(found := self._copies(message_id)) < count:  # noqa: ASYNC110 - another program writes
                await asyncio.sleep(0.01)
        return sorted(found, key=lambda copy: copy.to)

    def _copies(self, message_id: str) -> list[Arrived]:
        for file in (self.root / "mail" / "all" / "new").glob("*"):
            if file.name not in self._read:
                self._read.add(file.name)
                id_, copy = _taken_apart(file.read_bytes())
                self._seen.setdefault(id_, []).append(copy)
        return self._seen.get(message_id, [])

    def log(self) -> str:
        """Give what both said, for whoever has to find out why."""
        logs = (self.root / name for name in ("postfix.log", "dovecot.log"))
        return "\n".join(log.read_text("utf-8") for log in logs if log.exists())


def _taken_apart(content: bytes) -> tuple[str, Arrived]:
    """Part what Postfix put in front from what was sent: ours begins with From."""
    trace, _, sent = content.partition(b"\nFrom: ")
    lines = dict(line.split(b": ", 1) for line in trace.split(b"\n") if b": " in line)
    sent = b"From: " + sent
    head = sent.partition(b"\n\n")[0].replace(b"\n ", b" ")
    ids = [line[12:] for line in head.split(b"\n") if line.lower().startswith(b"message-id: ")]
    return ids[0].decode(), Arrived(lines[b"Delivered-To"].decode(), sent)


def missing() -> str | None:
    """Say what keeps Postfix from being started here; nothing: it can be."""
    absent = [name for name in ("postfix", "dovecot") if shutil.which(name, path=_PATH) is None]
    if absent:
        return f"{' and '.join(absent)} not installed: make test-mta"
    return None if os.geteuid() == 0 else "Postfix is only started by root"


@contextmanager
def running() -> Iterator[Mailserver]:
    """Run both until the end of the block."""
    with ExitStack() as stack:
        # Beneath the folders of pytest, which nobody else may enter, Postfix could not work.
        root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notifykit-mta-")))
        root.chmod(0o755)
        policy = stack.enter_context(GreylistingPolicy())
        auth, *ports = _free_ports(5)
        names = dict(zip(("starttls", "implicit", "few", "greylisting"), ports, strict=True))
        server = Mailserver(root, names, _certificates(root))
        _configure(root, auth=auth, policy=policy.port, **names)
        stack.enter_context(_running("dovecot", "-c", root / "dovecot.conf", start="-F"))
        stack.enter_context(_running("postfix", "-c", root / "config", start="start-fg"))
        for port in (auth, *ports):
            _wait_for(port, server)
        yield server


def _certificates(root: Path) -> str:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    pems = (certificate.private_key_pem, *certificate.cert_chain_pems)
    (root / "server.pem").write_bytes(b"".join(pem.bytes() for pem in pems))
    (root / "server.pem").chmod(0o600)
    (root / "ca.pem").write_bytes(authority.cert_pem.bytes())
    return str(root / "ca.pem")


def _configure(root: Path, **ports: int) -> None:
    nobody, postfix = pwd.getpwnam("nobody"), pwd.getpwnam("postfix")
    for name in ("config", "queue", "data", "mail", "dovecot"):
        (root / name).mkdir(mode=0o755)
    os.chown(root / "mail", nobody.pw_uid, nobody.pw_gid)
    os.chown(root / "data", postfix.pw_uid, postfix.pw_gid)
    values = {
        "root": root,
        "uid": nobody.pw_uid,
        "gid": nobody.pw_gid,
        "size": SIZE,
        "most": FEW,
        "user": USER,
        "daemons": _default("daemon_directory"),
        "meta": _default("meta_directory"),
        **ports,
    }
    for name, text in (
        ("config/main.cf", MAIN),
        ("config/master.cf", MASTER),
        ("config/recipients", RECIPIENTS),
        ("dovecot.conf", DOVECOT),
        ("users", f"{USER}:{{{{PLAIN}}}}{PASSWORD}\n"),
    ):
        (root / name).write_text(text.format(**values).lstrip(), "utf-8")


def _default(name: str) -> str:
    command = ["postconf", "-d", "-h", name]
    found = subprocess.run(command, check=True, capture_output=True, text=True, env={"PATH": _PATH})
    return found.stdout.strip()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def _running(*command: str | Path, start: str) -> Iterator[None]:
    """Start a program that stays in the foreground, and stop it by its own command."""
    quiet = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    quiet["env"] = {"PATH": _PATH, "LANG": "C.UTF-8"}
    process = subprocess.Popen([*command, start], start_new_session=True, **quiet)
    try:
        yield
    finally:
        subprocess.run([*command, "stop"], check=False, timeout=_PATIENCE, **quiet)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
        with suppress(ProcessLookupError):  # children that outlived it
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, server: Mailserver) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nobody listens on {port}:\n{server.log()}") from None
            time.sleep(0.02)
        else:
            return
