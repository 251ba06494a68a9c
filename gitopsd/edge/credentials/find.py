"""Which credentials a cluster has: a context of its name, or a file of its name.

Both are the operator's. The repository names clusters and nothing else: a kubeconfig from there
could run programs.
"""

from pathlib import Path

from gitopsd.edge.credentials.credentials import Credentials
from gitopsd.edge.credentials.kubeconfig import contexts
from gitopsd.model.config import Config
from gitopsd.model.errors import ClusterError, UsageError


def from_kubeconfig(path: Path, context: str | None) -> Credentials:
    """Those of a context, the current one for None; raises UsageError where there is none."""
    return Credentials(path, context)


def of_cluster(config: Config, name: str) -> Credentials:
    """Those of a cluster: the context of its name, else the current one of the file of its name.

    Raises ClusterError where there is neither, UsageError where --kubeconfig cannot be read.
    """
    known = contexts(config.kubeconfig) if config.kubeconfig is not None else frozenset()
    if config.kubeconfig is not None and name in known:
        return _made(config.kubeconfig, name, name)
    file = _file(config, name)
    if file is not None and file.is_file():
        return _made(file, None, name)
    raise ClusterError(name, _missing(config, known, file))


def _made(path: Path, context: str | None, member: str) -> Credentials:
    try:
        return Credentials(path, context, member)
    except UsageError as error:
        raise ClusterError(member, str(error)) from None


def _file(config: Config, name: str) -> Path | None:
    if config.clusters_dir is None or "/" in name or name.startswith("."):
        return None
    return config.clusters_dir / name


def _missing(config: Config, known: frozenset[str], file: Path | None) -> str:
    sought = []
    if config.kubeconfig is not None:
        names = ", ".join(sorted(known)) or "none"
        sought.append(f"{config.kubeconfig} has no context of this name (known: {names})")
    if file is not None:
        sought.append(f"there is no file {file}")
    if not sought:
        sought.append("give --kubeconfig or --clusters-dir")
    return f"no credentials: {', and '.join(sought)}"
