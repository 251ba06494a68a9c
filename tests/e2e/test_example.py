"""The example is valid for a real API server, object by object."""

from pathlib import Path

from gitopsd.kube import yaml
from servers.member import Member
from servers.waiting import wait_until

EXAMPLE = Path(__file__).parents[2] / "example-repo"
OURS = ("karmada.io", "gitopsd.io")
FIRST = ("Namespace", "CustomResourceDefinition")


def test_a_real_api_server_takes_every_object_strictly(new_member) -> None:
    member = new_member("example")
    bodies = [
        document.body
        for path in sorted(EXAMPLE.rglob("*.yaml"))
        for document in yaml.documents(path.read_bytes())
        if not document.body["apiVersion"].partition("/")[0].endswith(OURS)
    ]
    first = [body for body in bodies if body["kind"] in FIRST]
    apply(member, first)
    wait_until(lambda: member.get("/apis/shop.example.com/v1/namespaces/shop/campaigns"))

    said = apply(member, [body for body in bodies if body not in first], "--dry-run=server")

    assert said.count("(server dry run)") == len(bodies) - len(first)


def apply(member: Member, bodies: list, *more: str) -> str:
    """What kubectl says of these objects; it fails for any unknown field."""
    arguments = ("apply", "--server-side", "--validate=strict", *more, "--filename=-")
    return member.kubectl(*arguments, stdin=yaml.dump_all(bodies))
