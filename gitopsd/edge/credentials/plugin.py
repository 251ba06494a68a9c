"""Credential plugins: a program of the operator's kubeconfig that prints a token or a certificate.

The official package knows how they are called. Running them is our own, because there a plugin may
take for ever, and its failure is written to a log and then forgotten.
"""

import json
import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gitopsd.edge.credentials.kubeconfig import Context
from gitopsd.edge.credentials.official import kube_config
from gitopsd.kube.body import dig
from gitopsd.model.errors import ClusterError

_WORDS = 300


@dataclass(frozen=True, slots=True)
class Issued:
    """What a plugin gave; `expires` is a time stamp, None for one that it does not tell."""

    token: str = field(repr=False)
    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    expires: float | None


def run(context: Context, member: str, within_s: float) -> Issued:
    """What the plugin of this context prints; ClusterError when it fails or takes too long."""
    official = kube_config()
    try:
        asked = official.ConfigNode("exec", context.user["exec"])
        provider = official.ExecProvider(asked, context.folder, context.cluster)
        arguments = [str(each) for each in provider.args]
        program = _program(arguments[0], context.folder)
        environment = {str(key): str(value) for key, value in provider.env.items()}
    except Exception:
        raise ClusterError(member, "its kubeconfig describes no credential plugin") from None
    environment["KUBERNETES_EXEC_INFO"] = json.dumps(_info(provider, context))
    output = _output([program, *arguments[1:]], environment, member, within_s)
    return _issued(output, provider.api_version, member)


def _program(command: str, folder: str) -> str:
    """A name with a slash is a path beside the kubeconfig; any other one is on the search path."""
    if "/" in command and not os.path.isabs(command):
        return os.path.join(folder, command)
    return command


def _info(provider: Any, context: Context) -> Mapping[str, Any]:
    spec: dict[str, Any] = {"interactive": False}
    if provider.cluster is not None:
        spec["cluster"] = _public(context.cluster)
    return {"apiVersion": provider.api_version, "kind": "ExecCredential", "spec": spec}


def _public(cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    """The cluster as plugins are told of it, with what the kubeconfig keeps there for them."""
    found = {key: value for key, value in cluster.items() if key != "extensions"}
    for each in cluster.get("extensions") or ():
        if dig(each, "name") == "client.authentication.k8s.io/exec":
            return {**found, "config": each.get("extension")}
    return found


def _output(
    arguments: list[str], environment: Mapping[str, str], member: str, within_s: float
) -> str:
    program = os.path.basename(arguments[0])
    try:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        words = f"credential plugin {program!r} cannot be started: {error.strerror}"
        raise ClusterError(member, words) from None
    try:
        output, said = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        words = f"credential plugin {program!r} took more than {within_s:g} s"
        raise ClusterError(member, words) from None
    if process.returncode:
        words = f"credential plugin {program!r} ended with {process.returncode}: {_line(said)}"
        raise ClusterError(member, words.rstrip(": "))
    return output


def _issued(output: str, version: str, member: str) -> Issued:
    try:
        found = json.loads(output)
    except ValueError:
        found = None
    if dig(found, "kind") != "ExecCredential" or dig(found, "apiVersion") != version:
        words = f"the credential plugin printed no ExecCredential of {version}"
        raise ClusterError(member, words)
    token, certificate, key, expires = (
        value if isinstance(value := dig(found, "status", name), str) else ""
        for name in ("token", "clientCertificateData", "clientKeyData", "expirationTimestamp")
    )
    if not token and not (certificate and key):
        raise ClusterError(member, "the credential plugin printed neither token nor certificate")
    return Issued(token, certificate.encode(), key.encode(), _time(expires))


def _time(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None


def _line(text: str) -> str:
    """The last line that the plugin said to people."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip()[:_WORDS] if lines else ""
