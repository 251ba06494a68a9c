"""One simulated member: its store, its face on a loopback port, its controllers and its faults.

async with SimulatedMember("eu-1") as member:
    write_kubeconfig([member], path)
"""

import asyncio
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from gitopsd.apiserver.face import Face
from gitopsd.apiserver.resources import Catalogue
from gitopsd.apiserver.store import ABSENT, Key, Stored
from gitopsd.apiserver.writing import now
from gitopsd.kube.body import Body
from gitopsd.kube.schemas import Schemas, bundled
from gitopsd.kube.yaml import dump
from gitopsd.sim import claims, collector, workloads
from gitopsd.sim.controllers import Controllers
from gitopsd.sim.faults import Faults
from gitopsd.sim.nodes import Nodes, node
from gitopsd.sim.store import MemoryStore

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_HOST = "127.0.0.1"
_SCHEMAS = "1.36"


class SimulatedMember:
    """A cluster in memory, reachable by HTTP while the context is open.

    `nodes` nodes with `cpu` and `memory` each, in zones `<name>-a`, `<name>-b`, … Without
    `has_controllers` nothing becomes ready, as on a bare API server. With `needs_token` requests
    without the member's token are refused.
    """

    def __init__(
        self,
        name: str,
        *,
        nodes: int = 2,
        cpu: str = "16",
        memory: str = "64Gi",
        has_controllers: bool = True,
        needs_token: bool = False,
        balancer_address: str = "",
        pods_ready_after_s: float = 0.2,
        jobs_run_s: float = 0.5,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.token = secrets.token_hex(16)
        self.faults = Faults(token=self.token if needs_token else "")
        self.store = MemoryStore()
        self.catalogue = Catalogue(_schemas())
        self.face = Face(self.store, self.catalogue, self.faults, name)
        self.port = 0
        self._nodes = [
            node(f"{name}-{_letter(n)}", cpu, memory, {**_zone(name, n), **(labels or {})})
            for n in range(nodes)
        ]
        self._controllers = (
            Controllers(self.store, self.catalogue, pods_ready_after_s, jobs_run_s)
            if has_controllers
            else None
        )
        self._balancer = balancer_address
        self._runner: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{_HOST}:{self.port}"

    @property
    def kubeconfig(self) -> Mapping[str, Any]:
        """A kubeconfig whose only context is this member."""
        return kubeconfig([self])

    async def __aenter__(self) -> Self:
        if self._controllers is not None:
            _equip(self._controllers, self._balancer)
            self._controllers.start()
        self._furnish()
        await self.face.start()
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        await self.face.stop()
        if self._controllers is not None:
            await self._controllers.stop()

    # Faults that are not a matter of single requests

    async def down(self) -> None:
        """Connections are refused and open ones cut, until `up`; objects stay."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self._site = None

    async def up(self) -> None:
        """Answers at the same address again."""
        if self._runner is not None:
            return
        self._runner = web.ServerRunner(
            web.Server(self.face.handle, access_log=None), shutdown_timeout=0.05
        )
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, _HOST, self.port, reuse_address=True)
        await self._site.start()
        server = self._site._server
        assert isinstance(server, asyncio.Server)
        self.port = server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Cuts every open connection, watches among them; new ones are answered."""
        server = self._runner.server if self._runner is not None else None
        for connection in list(server.connections) if server is not None else ():
            if connection.transport is not None:
                connection.transport.abort()

    def forget(self) -> None:
        """Forgets past versions: watches and pages that rest on them get 410."""
        self.store.forget()

    def drift(self, key: Key, change: Any) -> Stored:
        """Somebody edits an object behind everybody's back: `change` makes the new body."""
        stored = self.store.read(key)
        if stored is None:
            raise KeyError(key)
        return self.store.write(key, stored.version, change(stored.body))

    # Looking in

    def get(self, group: str, resource: str, namespace: str, name: str) -> Body | None:
        """An object as it is stored; None for none."""
        stored = self.store.read(Key(group, resource, namespace, name))
        return stored.body if stored is not None else None

    def items(self, group: str, resource: str, namespace: str = "") -> list[Body]:
        """All objects of a resource, sorted."""
        return [each.body for each in self.store.each(group, resource, namespace)]

    def add_node(self, name: str, cpu: str = "16", memory: str = "64Gi") -> None:
        """One more node."""
        self._put(Key("", "nodes", "", name), node(name, cpu, memory, {}))

    def writes(self) -> int:
        """Requests so far that may have written something, dry runs among them."""
        return self.face.requests.total(
            "POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION"
        )

    def _furnish(self) -> None:
        for name in NAMESPACES:
            body = {
                "kind": "Namespace",
                "apiVersion": "v1",
                "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Active"},
            }
            self._put(Key("", "namespaces", "", name), body)
        for each in self._nodes:
            self._put(Key("", "nodes", "", each["metadata"]["name"]), each)
        self._put(Key("", "services", "default", "kubernetes"), _kubernetes_service())

    def _put(self, key: Key, body: dict[str, Any]) -> None:
        metadata = {
            **body["metadata"],
            "uid": _uid(self.name, key),
            "creationTimestamp": now(),
        }
        if self.store.read(key) is None:
            self.store.write(key, ABSENT, {**body, "metadata": metadata})


def kubeconfig(members: Sequence[SimulatedMember]) -> dict[str, Any]:
    """A kubeconfig with one context per member, named like it; the first is the current one."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": members[0].name if members else "",
        "clusters": [{"name": each.name, "cluster": {"server": each.url}} for each in members],
        "users": [{"name": each.name, "user": {"token": each.token}} for each in members],
        "contexts": [
            {"name": each.name, "context": {"cluster": each.name, "user": each.name}}
            for each in members
        ],
    }


def write_kubeconfig(members: Iterable[SimulatedMember], path: Path) -> Path:
    """Writes that kubeconfig, readable for its owner alone."""
    path.touch(mode=0o600)
    path.write_text(dump(kubeconfig(list(members))))
    return path


def _equip(controllers: Controllers, balancer: str) -> None:
    nodes = Nodes()
    controllers.add("apps", "deployments", workloads.reconcile_deployment)
    controllers.add("apps", "replicasets", workloads.reconcile_replica_set)
    controllers.add("apps", "statefulsets", workloads.reconcile_stateful_set)
    controllers.add("apps", "daemonsets", workloads.reconcile_daemon_set)
    controllers.add("batch", "jobs", workloads.reconcile_job)
    controllers.add("", "pods", nodes.reconcile)
    controllers.add("", "namespaces", collector.reconcile_namespace)
    controllers.add("", "persistentvolumeclaims", claims.reconcile_claim)
    controllers.add("autoscaling", "horizontalpodautoscalers", claims.reconcile_autoscaler)
    if balancer:
        controllers.add("", "services", claims.address_giver(balancer))
        controllers.add("networking.k8s.io", "ingresses", claims.address_giver(balancer))
    controllers.add_watch(nodes.watch)
    controllers.add_watch(collector.watch)
    controllers.add_watch(claims.watch)


def _schemas() -> Schemas:
    return bundled(_SCHEMAS)


def _letter(number: int) -> str:
    return chr(ord("a") + number) if number < 26 else str(number)


def _zone(name: str, number: int) -> dict[str, str]:
    return {"topology.kubernetes.io/zone": f"{name}-{_letter(number)}"}


def _uid(name: str, key: Key) -> str:
    """Ids of what is there from the start follow from names, so that runs are alike."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}/{'/'.join(key)}"))


def _kubernetes_service() -> dict[str, Any]:
    port = {"name": "https", "protocol": "TCP", "port": 443, "targetPort": 6443}
    return {
        "kind": "Service",
        "apiVersion": "v1",
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"component": "apiserver", "provider": "kubernetes"},
        },
        "spec": {
            "ports": [port],
            "clusterIP": "10.0.0.1",
            "clusterIPs": ["10.0.0.1"],
            "type": "ClusterIP",
            "sessionAffinity": "None",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
        },
        "status": {"loadBalancer": {}},
    }
