"""`gitopsd demo --once` tells its whole story, here on clusters that one already has."""

from servers.member import Member, write_kubeconfig
from servers.waiting import wait_until

PASSING = {"events", "events.events.k8s.io", "leases.coordination.k8s.io", "componentstatuses"}


def test_the_demo_on_real_clusters_ends_well_and_leaves_nothing(
    new_member, daemons, tmp_path
) -> None:
    members = [new_member(name, is_whole=True) for name in ("eu-1", "us-1", "ap-1")]
    kubeconfig = write_kubeconfig(members, tmp_path / "own.yaml")
    before = {member.name: everything(member) for member in members}

    done = daemons.call("demo", "--once", f"--kubeconfig={kubeconfig}", within_s=100)

    assert done.code == 0, done.out + done.err
    wait_until(lambda: {member.name: everything(member) for member in members} == before)


def everything(member: Member) -> set[str]:
    """Names of all objects, but those that come and go by themselves."""
    kinds = set(member.kubectl("api-resources", "--verbs=list", "--output=name").split())
    listed = member.kubectl(
        "get", ",".join(sorted(kinds - PASSING)), "--all-namespaces", "--output=name"
    )
    return set(listed.split())
