"""How fast a commit reaches its members, against the peers a user would pick, in one run.

Three real members of etcd and kube-apiserver alone (controllers would drown the ratios) get
SIZE Deployments and SIZE Services each, by three means that take turns on the same servers:

- kubectl:  `kubectl apply --server-side`, three processes side by side;
- bare:     server-side-apply requests and nothing else, 32 in flight per member: the ceiling;
- gitopsd:  `gitopsd run` from its start, with an empty cache, on a repository with these files.

Then, on the settled fleet of gitopsd: rest, a turn on a commit that changes nothing, one changed
image from push to all members, and a restart after SIGKILL. Clients and servers share the machine:
read the ratios.
"""

import argparse
import asyncio
import json
import os
import shutil
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from servers import binaries
from servers.daemon import Daemons
from servers.member import DAEMON, Member, start, stop, write_kubeconfig
from servers.processes import Process
from servers.repository import Repository, cluster, manifests
from servers.waiting import wait_until

NAMES = ("member1", "member2", "member3")
IN_FLIGHT = 32
PATIENCE_S = 900
REST_S = 10
CHANGES = 10
QUIET_S = 3.0

Bodies = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one delivery to all members took; CPU in seconds of user and system time."""

    wall_s: float
    client_cpu_s: float
    servers_cpu_s: float


def main() -> None:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="gitopsd-bench-"))
    members = [Member(name, folder / name, False) for name in NAMES]
    daemons = Daemons(folder / "daemon")
    daemons.folder.mkdir()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start(members)
    try:
        results = measure(members, daemons, folder, options)
    except BaseException:
        print(daemons.logs(), file=sys.stderr)
        raise
    finally:
        daemons.close()
        stop(members)
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=1000, help="Deployments, and as many Services")
    parser.add_argument("--rounds", type=int, default=1, help="cold deliveries of each means")
    parser.add_argument("--only", default="kubectl,bare,gitopsd", help="means, separated by commas")
    parser.add_argument("--json", type=Path, help="writes all figures to this file too")
    return parser.parse_args()


def measure(
    members: Sequence[Member], daemons: Daemons, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    """All figures by name; printed as they come."""
    means = options.only.split(",")
    copies = 2 * options.size * len(members)
    say(
        f"{len(members)} members, {options.size} Deployments + {options.size} Services each = "
        f"{copies} copies; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    asyncio.run(apply_bare(members, workload(20, "warm-up")))  # connections, caches, openapi
    cold: dict[str, list[Delivery]] = {name: [] for name in means}
    results: dict[str, Any] = {"copies": copies, "size": options.size, "cold": {}}
    for turn in range(1, options.rounds + 1):
        # What comes later finds fuller servers: rounds take turns, and gitopsd is the last of all.
        for name in means if (options.rounds - turn) % 2 == 0 else reversed(means):
            namespace = f"{name}-{turn}"
            if name == "gitopsd":
                bench = Bench(members, daemons, folder / namespace, options.size)
                cold[name].append(bench.cold(namespace))
                if turn < options.rounds:
                    bench.daemon.stop()
            else:
                cold[name].append(by_peer(name, members, workload(options.size, namespace), folder))
            show_cold(name, cold[name][-1], copies)
    for name in means:
        results["cold"][name] = [
            {
                "wall_s": each.wall_s,
                "client_cpu_s": each.client_cpu_s,
                "servers_cpu_s": each.servers_cpu_s,
            }
            for each in cold[name]
        ]
    show_ratios(cold)
    if "gitopsd" in means:
        results["settled"] = bench.settled()
    return results


# Peers


def by_peer(name: str, members: Sequence[Member], bodies: Bodies, folder: Path) -> Delivery:
    """One delivery by kubectl or by bare requests; their namespace is there before."""
    namespace = bodies[0]["metadata"]["name"]
    for member in members:
        member.ask("POST", "/api/v1/namespaces", bodies[0])
    client = {"kubectl": apply_by_kubectl, "bare": apply_by_requests}[name]
    with spent(members) as servers:
        began = time.monotonic()
        cpu = client(members, bodies, folder)
        wall = time.monotonic() - began
    for member in members:
        assert held(member, namespace) == len(bodies) - 1, f"{name} left something out"
    return Delivery(wall, cpu, servers())


def apply_by_kubectl(members: Sequence[Member], bodies: Bodies, folder: Path) -> float:
    """CPU of three kubectl processes that apply a folder of files side by side."""
    files = folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    for path, text in as_files(bodies).items():
        (files / path).write_text(text)
    kubeconfig = write_kubeconfig(members, folder / "kubeconfig.yaml")
    before = os.times()
    processes = [
        subprocess.Popen(
            [
                binaries.kubectl(),
                f"--kubeconfig={kubeconfig}",
                f"--context={member.name}",
                "apply",
                "--server-side",
                f"--filename={files}",
            ],
            stdout=subprocess.DEVNULL,
        )
        for member in members
    ]
    codes = [process.wait(PATIENCE_S) for process in processes]
    assert codes == [0] * len(members), f"kubectl apply: {codes}"
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


def apply_by_requests(members: Sequence[Member], bodies: Bodies, _: Path) -> float:
    before = time.process_time()
    asyncio.run(apply_bare(members, bodies))
    return time.process_time() - before


async def apply_bare(members: Sequence[Member], bodies: Bodies) -> None:
    """Every body to every member, each as one request, encoded beforehand."""
    requests = [(path_of(body), json.dumps(body).encode()) for body in bodies]
    await asyncio.gather(*(apply_to(member, requests) for member in members))


async def apply_to(member: Member, requests: Sequence[tuple[str, bytes]]) -> None:
    headers = {
        "Authorization": f"Bearer {member.tokens[DAEMON]}",
        "Content-Type": "application/apply-patch+yaml",
    }
    query = "fieldManager=bare&force=false&fieldValidation=Strict"
    todo = iter(requests[1:])

    async with session_for(member, headers) as session:

        async def send(path: str, body: bytes) -> None:
            async with session.patch(f"{member.url}{path}?{query}", data=body) as answer:
                assert answer.status in (200, 201), await answer.text()
                await answer.read()

        async def worker() -> None:
            for path, body in todo:
                await send(path, body)

        await send(*requests[0])  # the namespace
        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


def session_for(member: Member, headers: Mapping[str, str]) -> aiohttp.ClientSession:
    tls: ssl.SSLContext = member.tls()
    connector = aiohttp.TCPConnector(ssl=tls, limit=0)
    return aiohttp.ClientSession(connector=connector, headers=headers)


# gitopsd


class Bench:
    """One repository and the daemon that follows it."""

    def __init__(
        self, members: Sequence[Member], daemons: Daemons, folder: Path, size: int
    ) -> None:
        folder.mkdir()
        self.members = members
        self.daemons = daemons
        self.size = size
        self.repository = Repository(folder)
        self.kubeconfig = write_kubeconfig(members, folder / "kubeconfig.yaml")
        self.cache = folder / "cache"
        self.namespace = ""
        self.daemon: Process

    def cold(self, namespace: str) -> Delivery:
        """From the start of the daemon until the last member holds the last object."""
        self.namespace = namespace
        files = {
            f"apps/{path}": text for path, text in as_files(workload(self.size, namespace)).items()
        }
        self.repository.push(files | {"fleet.yaml": manifests(*map(cluster, NAMES), *policies())})
        with spent(self.members) as servers:
            began = time.monotonic()
            self.start()
            wait_until(self.is_delivered, PATIENCE_S, lambda: self.counts() + self.said())
            wall = time.monotonic() - began
            cpu = self.daemon.group_cpu_s()
        return Delivery(wall, cpu, servers())

    def start(self) -> None:
        self.daemon = self.daemons.run(
            self.repository.url,
            self.kubeconfig,
            f"--instance={self.namespace}",
            f"--cache={self.cache}",
        )

    def settled(self) -> dict[str, Any]:
        """What the settled fleet costs, and how fast one change is."""
        results: dict[str, Any] = {}
        copies = 2 * self.size * len(self.members)
        self.wait_until_quiet()
        results["cpu_ms_per_copy"] = 1000 * self.daemon.group_cpu_s() / copies
        results["resident_mb"] = self.daemon.resident_mb()
        results["resident_peak_mb"] = self.daemon.resident_mb(peak=True)
        say(f"own CPU until quiet, all published: {results['cpu_ms_per_copy']:.2f} ms per copy")
        say(f"resident: {results['resident_mb']:.0f} MB, peak {results['resident_peak_mb']:.0f} MB")
        results["rest"] = self.resting(REST_S)
        show_cost(f"at rest for {REST_S} s", results["rest"])
        results["unchanged_commit"] = self.unchanged()
        show_cost("a commit that changes nothing", results["unchanged_commit"])
        results["one_image_s"] = [self.one_image(number) for number in range(CHANGES)]
        say(
            f"one changed image, from push to all members: "
            f"{statistics.median(results['one_image_s']):.3f} s median, "
            f"{max(results['one_image_s']):.3f} s worst of {CHANGES}"
        )
        self.wait_until_quiet()
        results["restart"] = self.restart()
        show_cost("restart after SIGKILL, until quiet", results["restart"])
        say(f"resident after the restart: {self.daemon.resident_mb():.0f} MB")
        self.check_images()
        return results

    def resting(self, wait_s: float) -> dict[str, float]:
        return self.cost(lambda: time.sleep(wait_s))

    def unchanged(self) -> dict[str, float]:
        """A new commit with the same tree: a whole turn, and nothing to do."""

        def push() -> None:
            self.repository.push({}, "Nothing")
            time.sleep(1)  # the poll must see it before quiet means anything
            self.wait_until_quiet()

        return self.cost(push)

    def restart(self) -> dict[str, float]:
        self.daemon.kill()

        def again() -> None:
            self.start()
            self.wait_until_quiet()

        return self.cost(again, from_zero=True)

    def one_image(self, number: int) -> float:
        """Seconds from the end of `git push` until every member's watch shows the new image."""
        name = f"app-{(number * 97) % self.size:04}"
        deployment, service = pair(self.namespace, name, f"v2-{number}")
        watches = Watches(self.members, self.namespace, name, f"v2-{number}")
        return asyncio.run(
            watches.after(
                lambda: self.repository.push(
                    {f"apps/{name}.yaml": manifests(deployment, service)}, f"Image of {name}"
                )
            )
        )

    def cost(self, deed: Callable[[], None], from_zero: bool = False) -> dict[str, float]:
        """Wall time, own CPU and requests of the daemon while the deed is done."""
        writes = [member.count() for member in self.members]
        requests = [len(member.requests()) for member in self.members]
        cpu = 0.0 if from_zero else self.daemon.group_cpu_s()
        commits = self.commits()
        began = time.monotonic()
        deed()
        return {
            "wall_s": time.monotonic() - began,
            "cpu_s": self.daemon.group_cpu_s() - cpu,
            "writes": sum(member.count() for member in self.members) - sum(writes),
            "requests": sum(len(member.requests()) for member in self.members) - sum(requests),
            "commits": self.commits() - commits,
        }

    def commits(self) -> int:
        """Commits of the daemon on its own branches."""
        prefix = f"gitopsd/{self.namespace}"
        return sum(len(self.repository.log(f"{prefix}/{name}")) for name in ("status", "rendered"))

    def wait_until_quiet(self) -> None:
        """The daemon took next to no CPU for a while: what it had to do is done."""
        last, since = self.daemon.group_cpu_s(), time.monotonic()

        def is_quiet() -> bool:
            nonlocal last, since
            assert self.daemon.is_running, self.daemon.tail()
            if time.monotonic() - since < QUIET_S:
                return False
            now = self.daemon.group_cpu_s()
            is_idle = now - last < 0.05 * QUIET_S
            last, since = now, time.monotonic()
            return is_idle

        wait_until(is_quiet, PATIENCE_S)

    def is_delivered(self) -> bool:
        if not self.daemon.is_running:
            sys.exit(f"gitopsd ended before all was delivered:\n{self.daemon.tail()}")
        return self.counts() == [2 * self.size] * len(self.members)

    def counts(self) -> list[Any]:
        return [held(member, self.namespace) for member in self.members]

    def said(self) -> list[Any]:
        return self.daemon.says().splitlines()[-3:]

    def check_images(self) -> None:
        """Every member holds every Deployment with the image of the last commit."""
        for member in self.members:
            path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments"
            live = {each["metadata"]["name"]: image_of(each) for each in member.items(path)}
            wanted = {}
            for text in self.repository.files("main", "apps").values():
                for body in yaml.safe_load_all(text):
                    if body["kind"] == "Deployment":
                        wanted[body["metadata"]["name"]] = image_of(body)
            assert live == wanted, f"{member.name} holds something else than the repository"
        say("every member holds exactly what the repository says")


class Watches:
    """One watch per member on one Deployment, open before the change."""

    def __init__(self, members: Sequence[Member], namespace: str, name: str, tag: str) -> None:
        self.members = members
        self.path = (
            f"/apis/apps/v1/namespaces/{namespace}/deployments"
            f"?watch=1&fieldSelector=metadata.name%3D{name}&timeoutSeconds=60"
        )
        self.tag = tag

    async def after(self, push: Callable[[], object]) -> float:
        """Seconds from the end of `push` until the last watch has seen the tag."""
        opened = [asyncio.Event() for _ in self.members]
        watching = [
            asyncio.create_task(self.seen(member, event))
            for member, event in zip(self.members, opened, strict=True)
        ]
        await asyncio.gather(*(event.wait() for event in opened))
        await asyncio.to_thread(push)
        began = time.monotonic()
        return max(await asyncio.gather(*watching)) - began

    async def seen(self, member: Member, opened: asyncio.Event) -> float:
        async with (
            session_for(member, {"Authorization": f"Bearer {member.token}"}) as session,
            session.get(member.url + self.path) as answer,
        ):
            async for line in answer.content:
                opened.set()
                if image_of(json.loads(line)["object"]).endswith(self.tag):
                    return time.monotonic()
        raise AssertionError(f"{member.name}: {self.tag} never came")


# What is delivered


def workload(size: int, namespace: str) -> Bodies:
    """The namespace, then pairs of Deployment and Service."""
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    names = [f"app-{number:04}" for number in range(size)]
    return [space, *(body for name in names for body in pair(namespace, name, "v1"))]


def pair(namespace: str, name: str, tag: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Deployment as people write them, about 1.5 KB, and its Service."""
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "bench"}
    probe = {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 5}
    container = {
        "name": "web",
        "image": f"registry.example.com/shop/{name}:{tag}",
        "args": ["--listen=:8080", "--log=json"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": [{"name": f"SETTING_{number}", "value": f"value {number}"} for number in range(8)],
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"memory": "256Mi"},
        },
        "readinessProbe": probe,
        "livenessProbe": {**probe, "initialDelaySeconds": 10},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    pod = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [container],
            "volumes": [{"name": "tmp", "emptyDir": {}}],
            "terminationGracePeriodSeconds": 20,
        },
    }
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod},
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "selector": labels,
            "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}],
        },
    }
    return deployment, service


def policies() -> Bodies:
    """Everything goes everywhere."""
    selectors = [
        {"apiVersion": "apps/v1", "kind": "Deployment"},
        {"apiVersion": "v1", "kind": "Service"},
    ]
    return [
        {
            "apiVersion": "policy.karmada.io/v1alpha1",
            "kind": "ClusterPropagationPolicy",
            "metadata": {"name": "everywhere"},
            "spec": {
                "resourceSelectors": selectors,
                "placement": {"clusterAffinity": {"clusterNames": list(NAMES)}},
            },
        }
    ]


def as_files(bodies: Bodies) -> dict[str, str]:
    """One file per application, and one for the namespace."""
    files = {"namespace.yaml": manifests(bodies[0])}
    for deployment, service in zip(bodies[1::2], bodies[2::2], strict=True):
        files[f"{deployment['metadata']['name']}.yaml"] = manifests(deployment, service)
    return files


def path_of(body: Mapping[str, Any]) -> str:
    metadata = body["metadata"]
    within = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    plural = {"Namespace": "namespaces", "Deployment": "deployments", "Service": "services"}
    root = "/api/v1" if body["apiVersion"] == "v1" else f"/apis/{body['apiVersion']}"
    return f"{root}{within}/{plural[body['kind']]}/{metadata['name']}"


def image_of(deployment: Mapping[str, Any]) -> str:
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


# Measuring


def held(member: Member, namespace: str) -> int:
    """How many Deployments and Services the namespace holds, asked as cheaply as can be."""
    return sum(
        len(found["items"]) + found["metadata"].get("remainingItemCount", 0)
        for found in (
            member.get(f"/apis/apps/v1/namespaces/{namespace}/deployments?limit=1"),
            member.get(f"/api/v1/namespaces/{namespace}/services?limit=1"),
        )
    )


@contextmanager
def spent(members: Sequence[Member]) -> Iterator[Callable[[], float]]:
    """A function that says what CPU the servers took since."""

    def total() -> float:
        return sum(process.cpu_s() for member in members for process in member.processes())

    before = total()
    yield lambda: total() - before


def show_cold(name: str, delivery: Delivery, copies: int) -> None:
    say(
        f"cold by {name}: {delivery.wall_s:.1f} s, {copies / delivery.wall_s:.0f} copies/s; "
        f"CPU per copy: client {1000 * delivery.client_cpu_s / copies:.2f} ms, "
        f"servers {1000 * delivery.servers_cpu_s / copies:.2f} ms"
    )


def show_ratios(cold: Mapping[str, Sequence[Delivery]]) -> None:
    walls = {name: statistics.median(each.wall_s for each in those) for name, those in cold.items()}
    for peer in ("kubectl", "bare"):
        if peer in walls and "gitopsd" in walls:
            say(f"cold, gitopsd / {peer}: {walls['gitopsd'] / walls[peer]:.2f}")
    if "kubectl" in walls and "bare" in walls:
        say(f"cold, kubectl / bare: {walls['kubectl'] / walls['bare']:.2f}")


def show_cost(what: str, cost: Mapping[str, float]) -> None:
    say(
        f"{what}: {cost['wall_s']:.1f} s, own CPU {1000 * cost['cpu_s']:.0f} ms, "
        f"{cost['writes']:.0f} writes, {cost['requests']:.0f} requests, "
        f"{cost['commits']:.0f} commits"
    )


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
