"""A fleet, a repository and the daemon, put together as the stories need them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from servers.daemon import Daemons, Done
from servers.member import Member, write_kubeconfig
from servers.objects import everywhere
from servers.processes import Process
from servers.repository import Repository, cluster, manifests
from servers.waiting import wait_until


@dataclass
class Story:
    """One repository, the members it names, and the daemon between them."""

    repository: Repository
    members: Sequence[Member]
    daemons: Daemons
    kubeconfig: Path
    namespace: str
    instance: str
    url: str = ""

    def fleet(self, *more: Mapping[str, Any]) -> dict[str, str]:
        """Files with the Clusters and a policy that brings the namespace everywhere."""
        names = [member.name for member in self.members]
        policies = [everywhere(self.namespace, names)]
        return {
            "clusters.yaml": manifests(*map(cluster, names)),
            "policies.yaml": manifests(*policies, *more),
        }

    def run(self, *flags: str) -> Process:
        """The daemon of this story's instance; a second call starts it again.

        It follows `url`, where the repository is served, or else the folder itself.
        """
        return self.daemons.run(
            self.url or self.repository.url, self.kubeconfig, f"--instance={self.instance}", *flags
        )

    def call(self, command: str, *more: str) -> Done:
        """A command on the repository and the members, as this instance, to its end."""
        return self.daemons.call(
            command,
            f"--repo={self.repository.url}",
            f"--kubeconfig={self.kubeconfig}",
            f"--instance={self.instance}",
            *more,
        )

    def get(self, member: Member, plural: str, name: str) -> Any:
        """An object of the story's namespace, None when it is not there."""
        root = "/apis/apps/v1" if plural in ("deployments", "statefulsets") else "/api/v1"
        return member.get(f"{root}/namespaces/{self.namespace}/{plural}/{name}")

    def names(self, member: Member, plural: str) -> list[str]:
        """Names of all objects of a kind in the story's namespace, but those of every namespace."""
        root = "/apis/apps/v1" if plural in ("deployments", "statefulsets") else "/api/v1"
        items = member.items(f"{root}/namespaces/{self.namespace}/{plural}")
        return sorted({each["metadata"]["name"] for each in items} - {"kube-root-ca.crt"})

    def everywhere(self, holds: Callable[[Member], Any], within_s: float = 30) -> None:
        """Waits until it holds on every member."""
        wait_until(
            lambda: all(holds(member) for member in self.members),
            within_s,
            lambda: {member.name: _value(holds, member) for member in self.members},
        )

    def status(self) -> Mapping[str, str]:
        """The files of the status branch."""
        return self.repository.files(f"gitopsd/{self.instance}/status")

    def rendered(self) -> Mapping[str, str]:
        return self.repository.files(f"gitopsd/{self.instance}/rendered")


def _value(holds: Callable[[Member], Any], member: Member) -> object:
    try:
        return holds(member)
    except Exception as error:
        return error


@pytest.fixture
def story_on(
    repository: Repository, daemons: Daemons, tmp_path: Path, namespace: str, instance: str
) -> Callable[[Sequence[Member]], Story]:
    """A story on these members; namespace and instance are the test's own."""

    def make(members: Sequence[Member]) -> Story:
        kubeconfig = write_kubeconfig(members, tmp_path / "fleet.yaml")
        return Story(repository, members, daemons, kubeconfig, namespace, instance)

    return make


@pytest.fixture
def story(fleet: tuple[Member, ...], story_on: Callable[[Sequence[Member]], Story]) -> Story:
    """A story on the three members that the session shares."""
    return story_on(fleet)
