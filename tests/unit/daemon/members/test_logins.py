"""Logins of the repository come and go with commits; each makes a new connection."""

import trustme

from fakes.delivery import SOURCE
from gitopsd.daemon.members import Members
from gitopsd.daemon.session import Setup
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.resource import ResourceKey
from gitopsd.model.token import Token
from servers.processes import free_ports
from servers.waiting import until

KEY = ResourceKey("", "Secret", "clusters", "eu")


async def test_a_login_that_comes_is_used_at_once_and_one_that_goes_is_not_any_more() -> None:
    (port,) = free_ports(1)
    where = f"https://127.0.0.1:{port}"
    clusters = {"eu": Cluster("eu", api_endpoint=where, secret_ref=("clusters", "eu"))}
    members = Members(Setup(Config(), SOURCE), lambda: None, {})
    token = Token("s3cr3t", trustme.CA().cert_pem.bytes(), KEY)

    def said() -> str:
        report = members.reports.get("eu")
        return report.message if report else ""

    members.follow(clusters, measures=False)
    await until(lambda: "no Secret clusters/eu in the repository" in said())

    members.know({"eu": token})
    members.follow(clusters, measures=False)
    await until(lambda: "no Secret" not in said() and bool(said()))
    assert "s3cr3t" not in said()

    members.know({})
    members.follow(clusters, measures=False)
    await until(lambda: "no Secret clusters/eu in the repository" in said())
    await members.close()
