"""The flags that several commands share, each an environment variable too.

Comes in: argparse's namespace and the environment. Goes out: the same namespace with every flag
filled in. A flag wins over `GITOPSD_<FLAG>`, that over the default. To add one: a `Flag` in its
group, and what it sets in `settings.py`.
"""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitopsd.cli import duration
from gitopsd.model.config import DEFAULT_LISTEN
from gitopsd.model.errors import UsageError
from gitopsd.model.trust import Rewrites, Verify


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: `read` makes the value of its text and raises ValueError in words for users.

    A switch takes no value; in the environment it is on for `1`, `true`, `yes` and `on`. What may
    be given several times is a tuple; in the environment `:` stands between, as in `$PATH`.
    """

    name: str
    help: str
    metavar: str = ""
    default: Any = None
    read: Callable[[str], Any] = str
    choices: tuple[str, ...] = ()
    is_switch: bool = False
    is_repeated: bool = False
    short: str = ""

    @property
    def dest(self) -> str:
        return self.name.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        return f"GITOPSD_{self.dest.upper()}"


def file(text: str) -> Path:
    """The path of a file that is there; raises ValueError for any other."""
    if not os.path.isfile(os.path.expanduser(text)):
        raise ValueError(f"there is no file {text!r}")
    return Path(text).expanduser()


def secret_file(text: str) -> Path:
    """As `file`, for one that holds a secret: what may be the secret itself is not repeated."""
    try:
        return file(text)
    except ValueError:
        folder = os.path.dirname(os.path.expanduser(text))
        if os.path.isdir(folder) and folder != os.path.sep:
            raise
    words = "is no path of a file; right would be that of a file with the secret"
    raise ValueError(words) from None


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (each.strip() for each in text.split(","))))


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ValueError(f"there is no folder {text!r}")
    return path


def _listen(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if text != "off" and not (host and colon and port.isdigit()):
        raise ValueError(f"{text!r} is no address; right would be 127.0.0.1:8080, or off")
    return text


def _path(text: str) -> Path:
    return Path(text).expanduser()


SOURCE = (
    Flag(
        "--repo",
        "the repository: file://, https://, ssh:// or scp form; by default the origin "
        "of the repository one stands in",
        "URL",
    ),
    Flag("--branch", "the branch with the desired state; by default the remote's HEAD", "NAME"),
    Flag(
        "--worktree",
        "instead of --repo: a local folder, followed as it is edited; implies --no-publish",
        "DIR",
        read=_folder,
    ),
    Flag(
        "--instance",
        "identity of the set, for more than one daemon on a repository or member",
        "NAME",
        "default",
    ),
    Flag("--git-token-file", "a token for https", "FILE", read=secret_file),
    Flag("--git-ca-file", "a certificate authority to trust for https", "FILE", read=file),
    Flag("--ssh-key-file", "a private key for ssh", "FILE", read=secret_file),
    Flag("--known-hosts-file", "the ssh hosts to trust", "FILE", read=file),
    Flag(
        "--cache",
        "a folder for the clone; losing it costs only time; by default $XDG_CACHE_HOME/gitopsd",
        "DIR",
        read=_path,
    ),
)
SIGNED = (
    Flag(
        "--verify",
        "act only on what a trusted key signed: head, tag, tag-and-head or range",
        default="nothing",
        choices=tuple(Verify),
    ),
    Flag("--allowed-signers", "who may sign by ssh, as `git` reads it", "FILE", read=file),
    Flag("--gpg-keys", "OpenPGP public keys of who may sign", "FILE", read=file),
    Flag("--revoked-keys", "ssh keys that sign nothing any more", "FILE", read=file),
)
TRUST = (
    *SIGNED,
    Flag(
        "--force-push",
        "what a rewritten history is: allow, require-approval or refuse",
        default="allow",
        choices=tuple(Rewrites),
    ),
)
MEMBERS = (
    Flag(
        "--kubeconfig",
        "a Cluster is the context of the same name; by default $KUBECONFIG, then ~/.kube/config",
        "FILE",
        read=file,
    ),
    Flag("--clusters-dir", "a kubeconfig for each Cluster: DIR/<name>", "DIR", read=_folder),
    Flag(
        "--credential-plugins",
        "the commands that kubeconfigs may run for credentials, with commas; any by default",
        "NAMES",
        read=_names,
    ),
)
KEYS = (
    Flag(
        "--age-key-file",
        "secret age keys, for files encrypted with SOPS; may be given several times",
        "FILE",
        default=(),
        read=secret_file,
        is_repeated=True,
    ),
)
TURNS = (
    Flag("--interval", "how often the repository is asked", "TIME", 60.0, duration.positive),
    Flag(
        "--publish-interval",
        "at most one status commit in this time",
        "TIME",
        10.0,
        duration.seconds,
    ),
    Flag("--no-publish", "decide and apply, but push nothing", is_switch=True),
    Flag("--take-over-from", "manage what another repository placed; its URL", "URL"),
)
LISTEN = (
    Flag(
        "--listen", "page, probes and metrics; off for none", "HOST:PORT", DEFAULT_LISTEN, _listen
    ),
    Flag(
        "--webhook-secret-file",
        "what git hosts sign webhooks with, a secret in each line; they hurry the next look",
        "FILE",
        read=secret_file,
    ),
)
REVIEW = (
    Flag(
        "--review",
        "comment the plan on pull requests of this host, and say how checks stand",
        choices=("github", "gitlab", "gitea"),
    ),
    Flag("--host-token-file", "a token for the host's API", "FILE", read=secret_file),
    Flag(
        "--host-url",
        "the web address of the host, where it is not that of the repository: https://git.example",
        "URL",
    ),
)
LOGS = (
    Flag("--log-format", "text or json", default="text", choices=("text", "json")),
    Flag(
        "--log-level",
        "debug, info, warning or error",
        default="info",
        choices=("debug", "info", "warning", "error"),
    ),
)
WATCH = (Flag("--watch", "stay and print what changes", is_switch=True, short="-w"),)


def add(parser: argparse.ArgumentParser, *groups: tuple[Flag, ...]) -> None:
    """Gives a command these flags; nothing is read yet."""
    flags = tuple(flag for group in groups for flag in group)
    for flag in flags:
        names = (flag.short, flag.name) if flag.short else (flag.name,)
        if flag.is_switch:
            parser.add_argument(*names, help=flag.help, action="store_true", default=None)
            continue
        parser.add_argument(
            *names,
            help=_help(flag),
            action="append" if flag.is_repeated else "store",
            default=None,
            metavar=flag.metavar or None,
            choices=flag.choices or None,
        )
    parser.set_defaults(flags=(*(parser.get_default("flags") or ()), *flags))


def add_namespace(parser: argparse.ArgumentParser) -> None:
    """Gives a command that is about one object `-n`, as kubectl has it: no variable sets it."""
    parser.add_argument(
        "-n",
        "--namespace",
        default="default",
        metavar="NS",
        help="its namespace (default: default)",
    )


def fill(args: argparse.Namespace, environ: Mapping[str, str]) -> None:
    """Sets every flag that was not given from the environment, else to its default.

    Raises UsageError that names the flag or the variable.
    """
    for flag in getattr(args, "flags", ()):
        given, source = getattr(args, flag.dest), flag.name
        if given is None and environ.get(flag.variable):
            given, source = environ[flag.variable], flag.variable
            if flag.is_repeated:
                given = given.split(os.pathsep)
            if flag.is_switch:
                given = _is_on(given, source)
            elif flag.choices and given not in flag.choices:
                raise UsageError(source, f"{given!r} is none of {', '.join(flag.choices)}")
        if given is None:
            given = False if flag.is_switch else flag.default
        elif not flag.is_switch:
            try:
                given = _read(flag, given)
            except ValueError as error:
                raise UsageError(source, str(error)) from None
        setattr(args, flag.dest, given)


def _read(flag: Flag, given: Any) -> Any:
    return tuple(flag.read(each) for each in given) if flag.is_repeated else flag.read(given)


def _help(flag: Flag) -> str:
    if flag.default in (None, ()):
        return flag.help
    default = duration.age(flag.default) if isinstance(flag.default, float) else flag.default
    return f"{flag.help} (default: {default})"


def _is_on(text: str, variable: str) -> bool:
    word = text.lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise UsageError(variable, f"{text!r} is neither true nor false")
