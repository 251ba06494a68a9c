"""Which credentials a cluster has: a context or a file of its name, else the Secret that it names.

The first two are the operator's alone. Of the repository only a token is taken, and an encrypted
one: a kubeconfig from there could run programs.
"""

from pathlib import Path

from gitopsd.edge.credentials.credentials import Credentials
from gitopsd.edge.credentials.kubeconfig import Kubeconfig, contexts
from gitopsd.edge.credentials.secret import InSecret, no_secret
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.errors import ClusterError, UsageError
from gitopsd.model.token import Token


def from_kubeconfig(path: Path, context: str | None) -> Credentials:
    """Those of a context, the current one for None; raises UsageError where there is none."""
    return Credentials(Kubeconfig(path, context))


def of_cluster(config: Config, cluster: Cluster, token: Token | None = None) -> Credentials:
    """Those of a cluster: the context of its name, the current one of the file of its name, or what
    the Secret of its `spec.secretRef` says; `token` is what that says in the repository.

    Raises ClusterError where there is none, UsageError where --kubeconfig cannot be read.
    """
    name = cluster.name
    known = contexts(config.kubeconfig) if config.kubeconfig is not None else frozenset()
    if config.kubeconfig is not None and name in known:
        return _made(Kubeconfig(config.kubeconfig, name, config.credential_plugins), name)
    file = _file(config, name)
    if file is not None and file.is_file():
        return _made(Kubeconfig(file, None, config.credential_plugins), name)
    if cluster.secret_ref is not None and (config.host or token):
        if not cluster.api_endpoint.startswith("https://"):
            words = "spec.secretRef takes a spec.apiEndpoint that begins with https://"
            raise ClusterError(name, words, retry=False)
        return Credentials(InSecret(cluster, config.host, token), name)
    raise ClusterError(name, _missing(config, cluster, known, file))


def _made(source: Kubeconfig, member: str) -> Credentials:
    try:
        return Credentials(source, member)
    except UsageError as error:
        raise ClusterError(member, str(error)) from None


def _file(config: Config, name: str) -> Path | None:
    if config.clusters_dir is None or "/" in name or name.startswith("."):
        return None
    return config.clusters_dir / name


def _missing(config: Config, cluster: Cluster, known: frozenset[str], file: Path | None) -> str:
    sought = []
    if config.kubeconfig is not None:
        names = ", ".join(sorted(known)) or "none"
        sought.append(f"{config.kubeconfig} has no context of this name (known: {names})")
    if file is not None:
        sought.append(f"there is no file {file}")
    if cluster.secret_ref is not None:
        sought.append(no_secret(cluster, config.host))
    if not sought:
        sought.append("give --kubeconfig or --clusters-dir")
    return f"no credentials: {', and '.join(sought)}"
