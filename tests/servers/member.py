"""Real member clusters: etcd and kube-apiserver; a whole one also has the controllers, a scheduler
and kwok, which plays nodes whose pods become ready.

Everything is on loopback, on free ports and in one folder for each member. Two users may do
everything: `admin` for the test itself and `gitopsd` for the daemon under test, so that the audit
log tells exactly what the daemon asked for, apart from controllers and the test.
"""

import base64
import http.client
import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from servers import binaries
from servers.processes import Process, free_ports, stop_all
from servers.waiting import wait_until

ADMIN = "admin"
DAEMON = "gitopsd"

WRITES = ("POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION")
_NOISE = ("leases", "events", "nodes", "tokenreviews", "subjectaccessreviews")
_METRIC = re.compile(r"apiserver_request_total\{(?P<labels>[^}]*)\} (?P<count>[\d.e+]+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')

_STAGES = Path(__file__).parent / "kwok.yaml"
_AUDIT = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "Metadata", "users": [DAEMON]}, {"level": "None"}],
}


@dataclass(frozen=True, slots=True)
class Answer:
    """Status code and decoded JSON body of one request."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Request:
    """One finished request of the daemon, from the audit log."""

    verb: str  # get, list, create, update, patch, delete, deletecollection
    resource: str  # "deployments", with subresource "deployments/status"
    namespace: str
    name: str
    uri: str
    status: int

    @property
    def writes(self) -> bool:
        return self.verb in ("create", "update", "patch", "delete", "deletecollection")


class Member:
    """One running API server; `is_whole` when its workloads become ready.

    `flags` are more ones of its kube-apiserver.
    """

    def __init__(self, name: str, folder: Path, is_whole: bool, flags: Sequence[str] = ()) -> None:
        self._flags = flags
        self.name = name
        self.folder = folder
        self.is_whole = is_whole
        self.tokens = {ADMIN: f"{name}-admin", DAEMON: f"{name}-gitopsd"}
        self.ca_file = folder / "certificates" / "apiserver.crt"
        self.kubeconfig = folder / "kubeconfig.yaml"
        self.audit = folder / "audit.log"
        self._ports = free_ports(6)
        self.url = f"https://127.0.0.1:{self._ports[2]}"
        self._processes: dict[str, Process] = {}

    @property
    def token(self) -> str:
        """The test's own token; the daemon under test uses `tokens[DAEMON]`."""
        return self.tokens[ADMIN]

    @property
    def ca(self) -> bytes:
        return self.ca_file.read_bytes()

    @property
    def server(self) -> Process:
        """The kube-apiserver: `pause`, `kill` and `start_again` are faults of the member."""
        return self._processes["kube-apiserver"]

    @property
    def store(self) -> Process:
        return self._processes["etcd"]

    # Requests

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        within_s: float = 30,
    ) -> Answer:
        """One request as admin; any status is an answer, only the network raises."""
        connection = http.client.HTTPSConnection(
            urlsplit(self.url).netloc, timeout=within_s, context=self.tls()
        )
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(response.status, json.loads(answer) if is_json else answer.decode())

    def get(self, path: str) -> Any:
        """The object at the path, None when it is not there; raises on any other answer."""
        answer = self.ask("GET", path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise RuntimeError(f"{self.name} GET {path}: {answer.status} {answer.body}")
        return answer.body

    def items(self, path: str) -> list[Any]:
        """The items of a list; empty too where the API does not exist."""
        found = self.get(path)
        return found["items"] if found else []

    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))

    def kubeconfig_of(self, account: str, path: Path) -> Path:
        """A kubeconfig of a service account of namespace default, which may do nothing yet.

        Unlike the users of the tests it is limited as everybody is.
        """
        place = "/api/v1/namespaces/default/serviceaccounts"
        self.ask("POST", place, {"metadata": {"name": account}})
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        self.tokens[account] = self.ask("POST", f"{place}/{account}/token", asked).body["status"][
            "token"
        ]
        return write_kubeconfig([self], path, account)

    def bind(self, account: str, role: str) -> None:
        """Gives a service account of namespace default a ClusterRole."""
        rbac = "rbac.authorization.k8s.io"
        body = {
            "metadata": {"name": f"{account}-{role}"},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": "default"}],
        }
        self.ask("POST", f"/apis/{rbac}/v1/clusterrolebindings", body)

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl prints as admin; raises with its error output when it fails."""
        done = subprocess.run(
            [binaries.kubectl(), "--kubeconfig", str(self.kubeconfig), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    # What was asked of it

    def count(self, verbs: Sequence[str] = WRITES, resources: Sequence[str] = ()) -> int:
        """Requests of these verbs so far, of everybody, from the server's own metrics.

        Without `resources` all count but those that a resting cluster writes by itself.
        """
        text = self.ask("GET", "/metrics").body
        total = 0
        for found in _METRIC.finditer(text):
            labels = dict(_LABEL.findall(found["labels"]))
            resource = labels.get("resource", "")
            wanted = resource in resources if resources else resource not in _NOISE
            if wanted and labels.get("verb") in verbs:
                total += int(float(found["count"]))
        return total

    def requests(self) -> tuple[Request, ...]:
        """Every request that the daemon's user has finished so far, in order."""
        lines = self.audit.read_bytes().splitlines() if self.audit.exists() else []
        return tuple(_request(json.loads(line)) for line in lines if line.endswith(b"}"))

    def writes(self) -> tuple[Request, ...]:
        """Every write of the daemon's user so far, in order, whatever was answered."""
        return tuple(request for request in self.requests() if request.writes)

    # Life

    def start_store(self, folder: Path) -> None:
        """Starts etcd and the API server; `is_ready` tells when it can be used."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_files()
        peer, client, secure = self._ports[:3]
        self._run(
            folder / "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{client}",
            f"--advertise-client-urls=http://127.0.0.1:{client}",
            f"--listen-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}",
            f"--initial-cluster=default=http://127.0.0.1:{peer}",
            "--unsafe-no-fsync",
            "--log-level=warn",
        )
        key = self.folder / "service-accounts.pem"
        self._run(
            folder / "kube-apiserver",
            f"--etcd-servers=http://127.0.0.1:{client}",
            "--bind-address=127.0.0.1",
            f"--secure-port={secure}",
            f"--cert-dir={self.ca_file.parent}",
            f"--service-account-issuer={self.url}",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.0.0.0/16",
            "--disable-admission-plugins=ServiceAccount",
            "--allow-privileged=true",
            f"--audit-policy-file={self.folder / 'audit.yaml'}",
            f"--audit-log-path={self.audit}",
            *self._flags,
        )

    def start_rest(self, folder: Path) -> None:
        """Starts what makes a member whole; the API server must be ready."""
        controllers, scheduler, kwok = self._ports[3:]
        logins = [
            f"--{use}={self.kubeconfig}"
            for use in ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
        ]
        self._run(
            folder / "kube-controller-manager",
            *logins,
            f"--secure-port={controllers}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder / 'controllers'}",
            "--horizontal-pod-autoscaler-sync-period=1s",
            f"--service-account-private-key-file={self.folder / 'service-accounts.pem'}",
            f"--root-ca-file={self.ca_file}",
            "--leader-elect=false",
        )
        self._run(
            folder / "kube-scheduler",
            *logins,
            f"--secure-port={scheduler}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder / 'scheduler'}",
            "--leader-elect=false",
        )
        self._run(
            folder / "kwok",
            f"--kubeconfig={self.kubeconfig}",
            "--manage-all-nodes",
            f"--config={_STAGES}",
            "--node-lease-duration-seconds=40",
            f"--server-address=127.0.0.1:{kwok}",
        )

    def is_ready(self) -> bool:
        """The server answers /readyz; raises when one of its programs has ended."""
        for process in self._processes.values():
            if not process.is_running:
                raise RuntimeError(process.tail())
        if not self.ca_file.exists():
            return False
        try:
            return self.ask("GET", "/readyz").status == 200
        except (OSError, ssl.SSLError):
            return False

    def add_node(self, name: str, cpu: str, labels: Mapping[str, str]) -> None:
        """A node with room; kwok makes it Ready."""
        room = {"cpu": cpu, "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}},
            "status": {"capacity": room, "allocatable": room},
        }
        answer = self.ask("POST", "/api/v1/nodes", node)
        if answer.status != 201:
            raise RuntimeError(f"{self.name}: node {name}: {answer.body}")

    def has_ready_nodes(self) -> bool:
        """All nodes are Ready and open for pods."""
        nodes = self.items("/api/v1/nodes")
        return bool(nodes) and all(
            not node["spec"].get("taints")
            and any(
                condition["type"] == "Ready" and condition["status"] == "True"
                for condition in node["status"].get("conditions", ())
            )
            for node in nodes
        )

    def down(self) -> None:
        """The API server is gone at once, as in an outage; connections are refused."""
        self.server.kill()

    def up(self) -> None:
        """The API server is back at the same address, with all it held."""
        self.server.start_again()
        wait_until(self.is_ready, 60)

    def processes(self) -> list[Process]:
        """All its programs, in reverse order of their start."""
        return list(reversed(self._processes.values()))

    def logs(self) -> str:
        """The end of each program's log."""
        return "\n".join(process.tail() for process in self._processes.values())

    def _run(self, program: Path, *arguments: str) -> None:
        log = self.folder / f"{program.name}.log"
        self._processes[program.name] = Process(
            f"{self.name} {program.name}", [str(program), *arguments], log
        )

    def _write_files(self) -> None:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (self.folder / "service-accounts.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )
        users = [f"{token},{user},{user},system:masters" for user, token in self.tokens.items()]
        (self.folder / "tokens.csv").write_text("\n".join(users) + "\n")
        (self.folder / "audit.yaml").write_text(json.dumps(_AUDIT))


def start(members: Sequence[Member]) -> None:
    """Starts them side by side and returns when all can be used; stops them all when one fails.

    Whole members have two nodes each, in zones `<name>-a` and `<name>-b`.
    """
    whole = [member for member in members if member.is_whole]
    folder = binaries.find(binaries.CLUSTER if whole else binaries.SERVER)
    try:
        for member in members:
            member.start_store(folder)
        for member in members:
            wait_until(member.is_ready, 120, member.logs)
            write_kubeconfig([member], member.kubeconfig, ADMIN)
        for member in whole:
            member.start_rest(folder)
            for zone in ("a", "b"):
                labels = {"topology.kubernetes.io/zone": f"{member.name}-{zone}"}
                member.add_node(f"{member.name}-{zone}", "16", labels)
        for member in whole:
            wait_until(member.has_ready_nodes, 120, member.logs)
    except BaseException:
        stop(members)
        raise


def stop(members: Iterable[Member]) -> None:
    """Ends every program of these members; their folders stay."""
    stop_all([process for member in members for process in member.processes()])


def discard(members: Iterable[Member]) -> None:
    """Kills every program of these members and removes their folders: an API server takes its
    leave for seconds.
    """
    for member in members:
        for process in member.processes():
            process.kill()
        shutil.rmtree(member.folder, ignore_errors=True)


def write_kubeconfig(members: Sequence[Member], path: Path, user: str = DAEMON) -> Path:
    """One context per member, named like it; the first is the current one."""
    logins = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": members[0].name,
        "clusters": [
            {
                "name": member.name,
                "cluster": {
                    "server": member.url,
                    "certificate-authority-data": base64.b64encode(member.ca).decode(),
                },
            }
            for member in members
        ],
        "users": [
            {"name": member.name, "user": {"token": member.tokens[user]}} for member in members
        ],
        "contexts": [
            {"name": member.name, "context": {"cluster": member.name, "user": member.name}}
            for member in members
        ],
    }
    path.write_text(yaml.safe_dump(logins))
    path.chmod(0o600)
    return path


def _request(event: Mapping[str, Any]) -> Request:
    subject = event.get("objectRef") or {}
    resource = subject.get("resource", "")
    if below := subject.get("subresource"):
        resource = f"{resource}/{below}"
    return Request(
        event["verb"],
        resource,
        subject.get("namespace", ""),
        subject.get("name", ""),
        event["requestURI"],
        (event.get("responseStatus") or {}).get("code", 0),
    )
