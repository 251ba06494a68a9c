"""The daemon as reviewer where the host is GitHub or GitLab, by their documented contracts."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from fakes import commits
from gitopsd.daemon import review
from gitopsd.daemon.wiring import serve
from gitopsd.model.config import Config
from gitopsd.sim import SimulatedMember, write_kubeconfig
from servers.githost import ME, TOKEN, GitHost, GitHub, GitLab, Pull
from servers.githttp import GitHttp
from servers.objects import config_map, everywhere
from servers.repository import Content, Repository, cluster, manifests
from servers.waiting import until

# Long rather than real: not part of every run.
pytestmark = pytest.mark.e2e

_LISTS = re.compile(r"/(pulls|merge_requests)(\?|$)")

KINDS = {"github": GitHub, "gitlab": GitLab}
NAMES = [f"cm-{n}" for n in range(10)]


@dataclass
class Desk:
    """A repository that a host knows, its daemon, and what it follows."""

    host: GitHost
    kind: str
    repository: Repository
    member: SimulatedMember
    config: Config
    serving: asyncio.Task[int] | None = None

    def start(self) -> None:
        self.serving = asyncio.create_task(serve(self.config))

    async def stop(self) -> None:
        assert self.serving is not None
        self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=True)

    def propose(self, number: int, files: Mapping[str, Content], fork: str = "") -> str:
        """Pushes a branch, and opens a pull request of it or moves that; its commit."""
        clone = self.repository._clone
        self.repository._git(clone, "switch", "-q", "-C", f"change-{number}", "main")
        self.repository._change(files)
        self.repository._git(clone, "commit", "-q", "--allow-empty", "-m", "Change")
        ref = "pull" if self.kind == "github" else "merge-requests"
        push = ("push", "-q", "--force", "origin", f"HEAD:refs/{ref}/{number}/head")
        self.repository._git(clone, *push)
        head = self.repository._git(clone, "rev-parse", "HEAD").strip()
        self.repository._git(clone, "switch", "-q", "main")
        known = self.host.state.pulls.setdefault(number, Pull(number, head, fork=fork))
        known.head, known.updated = head, known.updated + 1
        return head

    def stands(self, commit: str, context: str) -> str:
        """The state of a check in GitHub's words."""
        found = self.host.state.stands(commit).get(context, "")
        return {"failed": "failure"}.get(found, found)

    def asked(self, times: int) -> Callable[[], bool]:
        """Whether the host was asked for the open pull requests so often from now on."""
        requests = self.host.state.requests
        before = len(requests)

        def is_asked() -> bool:
            paths = [path for _, path in requests[before:]]
            return sum(bool(_LISTS.search(path)) for path in paths) >= times

        return is_asked

    def ours(self, number: int) -> list[str]:
        found = self.host.state.comments.get(number, [])
        return [each.body for each in found if each.author == ME]


@pytest.fixture(params=KINDS)
async def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    # The host of these tests tells every change apart, and is asked as often as one likes.
    monkeypatch.setattr(review, "_SOONEST_S", 0.1)
    monkeypatch.setattr(review, "_SETTLED_S", 0.2)
    (tmp_path / "shop").mkdir()
    repository = Repository(tmp_path / "shop")
    async with AsyncExitStack() as stack:
        ca = trustme.CA()
        authority, token = tmp_path / "ca.pem", tmp_path / "token"
        ca.cert_pem.write_to_path(str(authority))
        token.write_text(TOKEN)
        git = await stack.enter_async_context(GitHttp(tmp_path, TOKEN, ca))
        host = await stack.enter_async_context(KINDS[request.param](ca))
        member = await stack.enter_async_context(SimulatedMember("eu"))
        config = Config(
            repo=f"{git.url}/shop/fleet.git",
            kubeconfig=write_kubeconfig([member], tmp_path / "kubeconfig"),
            cache=tmp_path / "cache",
            interval_s=0.2,
            publish_interval_s=0.2,
            listen="off",
            git_token_file=token,
            git_ca_file=authority,
            review=request.param,
            host_url=host.url,
            host_token_file=token,
        )
        repository.push(
            {
                "clusters.yaml": manifests(cluster("eu")),
                "policy.yaml": manifests(everywhere("shop", ["eu"])),
                "namespace.yaml": commits.namespace(),
                **{f"{name}.yaml": manifests(config_map("shop", name)) for name in NAMES},
            }
        )
        found = Desk(host, request.param, repository, member, config)
        found.start()
        yield found
        await found.stop()


async def test_a_proposal_is_planned_approved_and_told_of(desk: Desk) -> None:
    await until(lambda: desk.stands(desk.repository.head(), "gitopsd/sync") == "success")
    gone: dict[str, Content] = {f"{name}.yaml": None for name in NAMES[:7]}
    head = desk.propose(5, gone)

    await until(lambda: desk.stands(head, "gitopsd/plan") == "failure")
    assert desk.stands(head, "gitopsd/validate") == "success"
    [comment] = desk.ours(5)
    assert comment.startswith("<!-- gitopsd-plan:default/shop/fleet/5 -->\n")
    assert "0 create, 0 change, 0 recreate, 7 delete on 1 cluster" in comment
    found = re.search(r"deletions ([0-9a-f]{64})", comment)
    assert found is not None

    desk.host.state.may = {"ada": True, "mallory": False}
    order = f"/gitopsd approve {found[1][:16]}"
    desk.host.state.add(5, "mallory", order)
    desk.host.state.add(5, "helper[bot]", order, is_bot=True)
    desk.host.state.add(5, "ada", f"> {order}\n\nnot yet")
    await until(desk.asked(3))
    assert desk.stands(head, "gitopsd/plan") == "failure"
    desk.host.state.add(5, "ada", order)
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")
    assert len(desk.ours(5)) == 1

    merged = desk.repository.push(gone)
    del desk.host.state.pulls[5]
    await until(lambda: desk.stands(merged, "gitopsd/sync") == "success")
    status = desk.repository.files("gitopsd/status")
    assert f"approvals/{found[1]}.yaml" in status
    assert "cm-6" not in status["README.md"]


async def test_the_whole_plan_is_on_the_status_branch_while_it_is_open(desk: Desk) -> None:
    head = desk.propose(7, {"new.yaml": manifests(config_map("shop", "new"))})
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")

    def plans() -> set[str]:
        return {path for path in desk.repository.files("gitopsd/status") if "plans/" in path}

    await until(lambda: plans() == {"plans/7.md"})
    del desk.host.state.pulls[7]
    await until(lambda: plans() == set())


async def test_a_conflict_is_told_and_others_are_planned(desk: Desk) -> None:
    await until(lambda: desk.stands(desk.repository.head(), "gitopsd/sync") == "success")
    word = {"cm-1.yaml": manifests(config_map("shop", "cm-1", word="theirs"))}
    head = desk.propose(8, word)
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")
    other = desk.propose(9, {"cm-2.yaml": manifests(config_map("shop", "cm-2", word="x"))})

    desk.repository.push({"cm-1.yaml": manifests(config_map("shop", "cm-1", word="ours"))})

    await until(lambda: desk.stands(head, "gitopsd/plan") == "failure")
    await until(lambda: "conflict" in desk.ours(8)[0])
    await until(lambda: desk.stands(other, "gitopsd/plan") == "success")


async def test_one_that_cannot_be_commented_on_stops_no_other(desk: Desk) -> None:
    desk.host.state.locked.add(1)
    head = desk.propose(1, {"new.yaml": manifests(config_map("shop", "new"))})
    other = desk.propose(2, {"newer.yaml": manifests(config_map("shop", "newer"))})

    await until(lambda: desk.stands(other, "gitopsd/plan") == "success")
    assert desk.ours(1) == []
    desk.host.state.locked.clear()
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")


async def test_another_process_says_nothing_anew(desk: Desk) -> None:
    head = desk.propose(5, {"new.yaml": manifests(config_map("shop", "new"))})
    await until(lambda: desk.stands(desk.repository.head(), "gitopsd/sync") == "success")
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")
    said, checks = desk.ours(5), len(desk.host.state.checks[head])
    await desk.stop()

    desk.start()
    before = len(desk.host.state.requests)
    await until(lambda: len(desk.host.state.requests) > before + 8)

    assert (desk.ours(5), len(desk.host.state.checks[head])) == (said, checks)
    assert {method for method, _ in desk.host.state.requests[before:]} == {"GET"}


async def test_a_host_that_fails_stops_no_delivery(desk: Desk) -> None:
    await until(lambda: desk.stands(desk.repository.head(), "gitopsd/sync") == "success")
    desk.host.state.fails = 500, {}
    merged = desk.repository.push({"new.yaml": manifests(config_map("shop", "new"))})

    await until(lambda: merged in desk.repository.files("gitopsd/status").get("status.yaml", ""))
    desk.host.state.fails = None
    await until(lambda: desk.stands(merged, "gitopsd/sync") == "success")


async def test_patience_that_the_host_asks_for_is_not_cut_short_by_news(desk: Desk) -> None:
    await until(lambda: desk.stands(desk.repository.head(), "gitopsd/sync") == "success")
    desk.host.state.fails = 429, {"Retry-After": "30"}
    before = len(desk.host.state.requests)
    await until(lambda: len(desk.host.state.requests) > before)
    asked = len(desk.host.state.requests)

    merged = desk.repository.push({"new.yaml": manifests(config_map("shop", "new"))})

    await until(lambda: merged in desk.repository.files("gitopsd/status").get("status.yaml", ""))
    assert len(desk.host.state.requests) == asked


async def test_nothing_is_asked_twice_that_did_not_change(desk: Desk) -> None:
    head = desk.propose(5, {"new.yaml": manifests(config_map("shop", "new"))})
    await until(lambda: desk.stands(head, "gitopsd/plan") == "success")
    requests = desk.host.state.requests
    await until(lambda: len(set(requests[-3:])) == 1)
    before = len(requests)
    await until(desk.asked(3))

    since = requests[before:]
    assert {method for method, _ in since} == {"GET"}
    assert len({path for _, path in since}) == 1
