"""A real Gitea for the tests: a git host with pull requests, checks, protected branches, webhooks.

Built from its Go module, which is pinned by checksum, into a cache outside the tree: `make gitea`
runs this file. The server speaks HTTPS alone, with a certificate of a throw-away authority, so that
tokens are used as users use them.
"""

import hashlib
import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trustme

from servers.processes import Process, free_ports
from servers.waiting import wait_until

VERSION = "1.26.0"
_SUM = "h1:fJP9dqLbzKrKWUVnCVTfVersZdVDuyJQLEDzCAOmKKA="
_MODULE = f"code.gitea.io/gitea@v{VERSION}"
_TAGS = "sqlite sqlite_unlock_notify timetzdata"
_ASSETS = ("options", "templates", "public")
_PASSWORD = "not-a-secret-1"

_SETTINGS = """\
RUN_USER = {user}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = {work}
[server]
PROTOCOL = https
HTTP_ADDR = 127.0.0.1
HTTP_PORT = {port}
ROOT_URL = {url}/
LOCAL_ROOT_URL = {url}/
CERT_FILE = {work}/cert.pem
KEY_FILE = {work}/key.pem
STATIC_ROOT_PATH = {static}
OFFLINE_MODE = true
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = {work}/gitea.db
[security]
INSTALL_LOCK = true
SECRET_KEY = not-a-secret-but-long-enough-to-be-one
INTERNAL_TOKEN = {internal}
[webhook]
ALLOWED_HOST_LIST = loopback
[service]
DISABLE_REGISTRATION = true
[actions]
ENABLED = false
[packages]
ENABLED = false
[log]
LEVEL = Warn
[repository]
DEFAULT_BRANCH = main
"""


def cache() -> Path:
    """The folder of the build; its name changes with what it is built from."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    made_from = hashlib.sha256(f"{_SUM}{_TAGS}".encode()).hexdigest()[:16]
    return Path(home) / "gitopsd-tests" / f"gitea-{made_from}"


def is_built() -> bool:
    """Whether `make gitea` has been run."""
    return os.access(cache() / "gitea", os.X_OK)


def build() -> Path:
    """Builds it: about 10 minutes when nothing is there, else less than one."""
    if shutil.which("go") is None:
        sys.exit("make gitea: there is no Go to build it with")
    asked = ["go", "mod", "download", "-json", _MODULE]
    said = json.loads(subprocess.run(asked, capture_output=True, check=True, cwd="/").stdout)
    if said["Sum"] != _SUM:
        sys.exit(f"make gitea: {_MODULE} has the checksum {said['Sum']}, not {_SUM}")
    source, target = Path(said["Dir"]), cache()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".building-") as name:
        folder = Path(name) / "gitea"
        folder.mkdir()
        flags = ["-mod=readonly", "-trimpath", "-tags", _TAGS]
        linked = ["-ldflags", f"-s -w -X main.Version={VERSION}", "-o", str(folder / "gitea")]
        environment = {**os.environ, "CGO_ENABLED": "1", "GOFLAGS": "", "GOWORK": "off"}
        command = ["go", "build", "-C", str(source), *flags, *linked, "."]
        subprocess.run(command, env=environment, check=True)
        for asset in _ASSETS:
            shutil.copytree(source / asset, folder / asset, copy_function=_copied)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    return target


def _copied(source: str, target: str) -> None:
    """Modules are read-only; what is made of them can be removed again."""
    shutil.copyfile(source, target)


class Refused(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status


class Gitea:
    """A server with the users `boss` (its administrator) and those that are added.

    `ca` is the file of its authority, `tokens` are those of its users.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens: dict[str, str] = {}
        (port,) = free_ports(1)
        self.url = f"https://localhost:{port}"
        self.ca = folder / "ca.pem"
        self._settings = folder / "app.ini"
        self._prepare(port)
        self._context = ssl.create_default_context(cafile=self.ca)
        # The first user makes the database, and a server beside that would lock it.
        self.add_user("boss", "--admin")
        self.process = Process("gitea", self._command("web"), folder / "gitea.log", self._env())
        wait_until(self._answers, 60, self.process.tail)

    def stop(self) -> None:
        self.process.stop(5)

    def add_user(self, name: str, *flags: str) -> str:
        """A user with a token for everything; the token."""
        done = subprocess.run(
            self._command(
                *("admin", "user", "create", "--username", name, "--password", _PASSWORD),
                *("--email", f"{name}@example.com", "--must-change-password=false"),
                *("--access-token", "--access-token-scopes", "all", *flags),
            ),
            env=self._env(),
            capture_output=True,
            text=True,
        )
        found = re.search(r"\b([0-9a-f]{40})\b", done.stdout)
        assert found, f"gitea made no user {name}: {done.stdout}{done.stderr}"
        self.tokens[name] = found[1]
        return found[1]

    def ask(self, method: str, path: str, value: Any = None, user: str = "boss") -> Any:
        """The value that the API answers; raises Refused for anything but a success."""
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            json.dumps(value).encode() if value is not None else None,
            {"Content-Type": "application/json", "Authorization": f"token {self.tokens[user]}"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=30) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace")) from None
        return json.loads(body) if body.strip() else None

    def _prepare(self, port: int) -> None:
        work = self.folder
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca))
        certificate = authority.issue_cert("localhost")
        certificate.private_key_pem.write_to_path(str(work / "key.pem"))
        for pem in certificate.cert_chain_pems:
            pem.write_to_path(str(work / "cert.pem"), append=True)
        vite = work / "custom" / "public" / "assets" / ".vite"
        vite.mkdir(parents=True)
        (vite / "manifest.json").write_text("{}")
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True)
        generate = [str(cache() / "gitea"), "generate", "secret", "INTERNAL_TOKEN"]
        internal = subprocess.run(generate, capture_output=True, text=True, check=True)
        self._settings.write_text(
            _SETTINGS.format(
                user=user.stdout.strip(),
                work=work,
                port=port,
                url=self.url,
                static=cache(),
                internal=internal.stdout.strip(),
            )
        )
        self._run("migrate")

    def _run(self, *words: str) -> None:
        done = subprocess.run(
            self._command(*words), env=self._env(), capture_output=True, text=True
        )
        assert done.returncode == 0, f"gitea {words[0]}: {done.stdout}{done.stderr}"

    def _command(self, *words: str) -> list[str]:
        where = ["--config", str(self._settings), "--work-path", str(self.folder)]
        return [str(cache() / "gitea"), *where, *words]

    def _env(self) -> Mapping[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "USER": "root"}

    def _answers(self) -> bool:
        try:
            return bool(self.ask("GET", "/version"))
        except (OSError, Refused):
            return False


def main() -> None:
    if is_built():
        print(f"gitea: {cache()}")
        return
    print(f"gitea: building {cache()}", flush=True)
    began = time.monotonic()
    print(f"gitea: {build()} ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
