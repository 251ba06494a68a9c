"""A git server over ssh, in this process: any repository of a folder, for one key."""

import asyncio
import shlex
from pathlib import Path
from typing import Any

import asyncssh


class GitSsh:
    """Serves the repositories of a folder as `<url>/<name>.git` while it is entered.

    `key_file` is the private key that is let in, `known_hosts` the line that names this server.
    """

    def __init__(self, root: Path, keys: Path) -> None:
        self.root = root
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_file = keys / "key"
        user_key.write_private_key(str(self.key_file))
        self.key_file.chmod(0o600)
        self._allowed = asyncssh.import_authorized_keys(user_key.export_public_key().decode())
        self._server: asyncssh.SSHAcceptor | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.get_port())

    @property
    def url(self) -> str:
        return f"ssh://git@localhost:{self.port}{self.root}"

    @property
    def known_hosts(self) -> str:
        public = self._host_key.export_public_key().decode().strip()
        return f"[localhost]:{self.port} {public}\n"

    async def __aenter__(self) -> "GitSsh":
        self._server = await asyncssh.listen(
            "localhost",
            0,
            server_host_keys=[self._host_key],
            authorized_client_keys=self._allowed,
            process_factory=self._serve,
            encoding=None,
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        command, path = shlex.split(process.command or "")
        if command not in ("git-upload-pack", "git-receive-pack"):
            process.exit(1)
            return
        program = await asyncio.create_subprocess_exec(
            *command.split("-", 1),
            path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        asks = asyncio.create_task(_pump(process.stdin, program.stdin))
        await _pump(program.stdout, process.stdout)
        asks.cancel()
        process.exit(await program.wait())


async def _pump(source: Any, target: Any) -> None:
    while data := await source.read(1 << 16):
        target.write(data)
        await target.drain()
    target.write_eof()
