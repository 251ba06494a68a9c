"""One simulated member, and the task that keeps it as it is wanted, without git and decisions."""

import uuid
import zlib
from base64 import b64decode
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from fakes.fleet import cluster
from gitopsd.apiserver.store import ABSENT, Key
from gitopsd.core.plan.inventory import PART_OF, applyset_id
from gitopsd.core.render import claims_of
from gitopsd.daemon.members import Members
from gitopsd.daemon.session import Setup
from gitopsd.edge.credentials import from_kubeconfig
from gitopsd.edge.member import Member
from gitopsd.kube.body import Body, dig
from gitopsd.kube.wire import encode, hash_of
from gitopsd.model.claims import NO_TERMS
from gitopsd.model.config import Config
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.delivery import Entry, Outcome, Report
from gitopsd.model.resource import Origin, ResourceKey, split_api_version
from gitopsd.sim import SimulatedMember
from servers.waiting import until

SOURCE = "file:///srv/fleet.git"
SET = applyset_id("gitopsd-inventory", "gitopsd-system")
INVENTORY = Key("", "configmaps", "gitopsd-system", "gitopsd-inventory")


class Delivery:
    """A daemon's members, of which there is one, `eu`. `want` replaces what it is to hold."""

    def __init__(
        self,
        member: SimulatedMember | None,
        kubeconfig: Path,
        name: str = "eu",
        instance: str = "default",
    ) -> None:
        """Without a simulated member it is a real one that the file leads to by this name."""
        self._simulated = member
        self._instance = instance
        self.name = name
        self.kubeconfig = kubeconfig
        self.turns = 0
        self.told = 0
        self._commits = 0
        self._members: Members | None = None
        self._stack = AsyncExitStack()

    def start(self, source: str = SOURCE, take_over_from: str = "", **spec: Any) -> None:
        """Begins to follow the member; `spec` is that of its Cluster."""
        config = Config(
            kubeconfig=self.kubeconfig, take_over_from=take_over_from, instance=self._instance
        )
        self._members = Members(Setup(config, source), self._news, {})
        self._members.follow({self.name: cluster(self.name, **spec)}, measures=False)

    def needs(self, *kinds: tuple[str, str]) -> None:
        """The commit has objects of these kinds."""
        assert self._members is not None
        clusters = {self.name: cluster(self.name)}
        self._members.follow(clusters, measures=False, kinds=frozenset(kinds))

    async def stop(self) -> None:
        """Ends the daemon; the member stays as it is."""
        if self._members is not None:
            await self._members.close()
            self._members = None

    async def close(self) -> None:
        await self.stop()
        await self._stack.aclose()

    def want(self, *manifests: Manifest, **more: Any) -> Wanted:
        """From now on the member is to hold these; what is deleted must be named."""
        assert self._members is not None
        self._commits += 1
        held = {each.key: each for each in manifests}
        wanted = Wanted(self.name, f"commit-{self._commits}", held, **more)
        self._members.want({self.name: wanted})
        return wanted

    @property
    def report(self) -> Report:
        assert self._members is not None
        return self._members.reports[self.name]

    @property
    def is_quiet(self) -> bool:
        assert self._members is not None
        return self._members.are_settled

    def outcome(self, key: ResourceKey) -> Outcome:
        return self.report.outcomes[key]

    def entry(self, key: ResourceKey) -> Entry:
        assert self.report.inventory is not None
        return self.report.inventory[key]

    async def finished(self, within_s: float = 10) -> Report:
        """The report that says that everything wanted last is done or has failed for now."""
        commit = f"commit-{self._commits}"
        await until(
            lambda: self.report.commit == commit and self.report.is_finished and self.is_quiet,
            within_s,
        )
        return self.report

    @property
    def member(self) -> SimulatedMember:
        assert self._simulated is not None
        return self._simulated

    # What others do on the member

    def other(self, manager: str) -> Member:
        """The member as somebody else sees it."""
        found = Member(self.name, from_kubeconfig(self.kubeconfig, self.name), manager)
        self._stack.push_async_callback(found.close)
        return found

    async def made(self, body: Body, manager: str = "kubectl") -> Body:
        """Somebody else makes an object."""
        return await self.other(manager).create(list_path(body), encode(body))

    async def patched(self, body: Body, patch: Body, manager: str = "kubectl-edit") -> Body:
        """Somebody else changes an object by a merge patch."""
        path = f"{list_path(body)}/{body['metadata']['name']}"
        return await self.other(manager).patch(path, encode(patch), "application/merge-patch+json")

    async def removed(self, body: Body) -> None:
        """Somebody else deletes an object."""
        path = f"{list_path(body)}/{body['metadata']['name']}"
        await self.other("kubectl").delete(path, propagation="Background")

    def replaced(self, body: Body) -> Body:
        """Somebody deletes an object and makes another of its name, both in one moment."""
        key = Key(*place(body))
        if (found := self.member.store.read(key)) is not None:
            self.member.store.write(key, found.version, None)
        return self.member.store.write(key, ABSENT, _by_kubectl(body)).body

    # Looking in

    def live(self, body: Body) -> Body | None:
        """The object of this name as the member holds it."""
        return self.member.get(*place(body))

    def label(self, body: Body) -> str | None:
        """Our label on the live object."""
        return dig(self.live(body) or {}, "metadata", "labels", PART_OF)

    def value(self, body: Body, name: str = "word") -> str | None:
        """What stands in a live ConfigMap."""
        return dig(self.live(body) or {}, "data", name)

    def recorded(self) -> Mapping[ResourceKey, Entry]:
        """The inventory as it stands on the member."""
        found = self.member.store.read(INVENTORY)
        if found is None:
            return {}
        data = found.body["data"]
        parts = [data[f"entries-{n}"] for n in range(sum(k.startswith("entries-") for k in data))]
        plain = zlib.decompress(b64decode("".join(parts)))
        return {each.key: each for each in msgspec.json.decode(plain, type=tuple[Entry, ...])}

    def lose_inventory(self) -> None:
        """Somebody deletes the ConfigMap that says what is ours."""
        found = self.member.store.read(INVENTORY)
        assert found is not None
        self.member.store.write(INVENTORY, found.version, None)

    def _news(self) -> None:
        self.told += 1


def _by_kubectl(body: Body) -> Body:
    fields = {f"f:{name}": {".": {}} for name in body if name in ("data", "spec")}
    managed = {
        "manager": "kubectl",
        "operation": "Update",
        "apiVersion": body["apiVersion"],
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields | {"f:data": {f"f:{name}": {} for name in body.get("data", {})}},
    }
    more = {
        "uid": str(uuid.uuid4()),
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [managed],
    }
    return {**body, "metadata": {**more, **body["metadata"]}}


def manifest(body: Body, **more: Any) -> Manifest:
    """What a member is to hold, of a body as it stands in a repository."""
    group, version = split_api_version(body["apiVersion"])
    metadata = body["metadata"]
    key = ResourceKey(group, body["kind"], metadata.get("namespace", ""), metadata["name"])
    origin = Origin(f"{metadata['name']}.yaml", 0, 1, "b0")
    more.setdefault("claims", claims_of(body, NO_TERMS))
    return Manifest(key, version, body, hash_of(body), origin, **more)


def key_of(body: Body) -> ResourceKey:
    return manifest(body).key


def annotated(body: Body, **annotations: str) -> dict[str, Any]:
    """The body with annotations; `__` in a name stands for what Python does not allow there."""
    named = {name.replace("__", "/").replace("_", "."): each for name, each in annotations.items()}
    metadata = {**body["metadata"], "annotations": named}
    return {**body, "metadata": metadata}


def place(body: Body) -> tuple[str, str, str, str]:
    group, _ = split_api_version(body["apiVersion"])
    metadata = body["metadata"]
    return group, plural(body), metadata.get("namespace", ""), metadata["name"]


def plural(body: Body) -> str:
    return f"{body['kind'].lower()}s"


def list_path(body: Body) -> str:
    group, _ = split_api_version(body["apiVersion"])
    top = f"/apis/{body['apiVersion']}" if group else f"/api/{body['apiVersion']}"
    namespace = body["metadata"].get("namespace")
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{top}{inside}/{plural(body)}"
