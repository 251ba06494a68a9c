"""What the daemon makes of webhooks: it looks where they point; others cannot make it look."""

import json
from pathlib import Path

import pytest

from gitopsd.core.hosts.host import digest
from gitopsd.daemon import hooks
from gitopsd.daemon.hooks import Followed, Hooks
from gitopsd.model.errors import UsageError
from gitopsd.model.hosting import EventKind
from gitopsd.model.web import Answer, Question

SECRET = "s3cret"
URL = "https://git.example/shop/fleet.git"


class Looks:
    """Hooks of a daemon, and where it was told to look."""

    def __init__(self, folder: Path, branch: str = "main") -> None:
        self.file = folder / "secret"
        self.file.write_text(f"{SECRET}\n")
        self.found: list[EventKind] = []
        followed = Followed(URL, branch, "gitopsd/")
        self.hooks = Hooks(self.file, lambda: followed, self.found.append)
        self.posts = 0

    def post(
        self,
        ref: str = "refs/heads/main",
        url: str = URL,
        *,
        id: str = "",
        event: str = "push",
        secret: str = SECRET,
        remote: str = "192.0.2.1",
        host: str = "github",
        after: str = "",
    ) -> int:
        self.posts += 1
        value = {"ref": ref, "repository": {"clone_url": url}, "after": after or str(self.posts)}
        body = json.dumps(value).encode()
        headers = {
            "x-github-event": event,
            "x-hub-signature-256": f"sha256={digest(secret, body).hex()}",
            "x-signature": f"sha256={digest(secret, body).hex()}",
            "x-github-delivery": id,
            "x-delivery": id,
        }
        taking, parts = self.hooks.view, {"host": host}
        answer = taking.refused(Question(parts, {}, headers, b"", remote)) or taking.view(
            Question(parts, {}, headers, body, remote)
        )
        assert isinstance(answer, Answer)
        assert answer.body == b"" or answer.code == 404
        return answer.code


@pytest.fixture
def looks(tmp_path: Path) -> Looks:
    return Looks(tmp_path)


async def test_a_push_to_the_branch_makes_it_look(looks: Looks) -> None:
    assert looks.post() == 202
    assert looks.found == [EventKind.PUSH]


@pytest.mark.parametrize("event", ["pull_request", "issue_comment"])
async def test_a_pull_request_makes_it_look_at_reviews(looks: Looks, event: str) -> None:
    assert looks.post(ref="", event=event) == 202
    assert looks.found == [EventKind.REVIEW]


async def test_a_push_to_another_branch_may_be_one_to_a_pull_request(looks: Looks) -> None:
    assert looks.post("refs/heads/feature") == 202
    assert looks.found == [EventKind.REVIEW]


async def test_any_push_counts_while_the_branch_is_not_known(tmp_path: Path) -> None:
    looks = Looks(tmp_path, branch="")

    assert looks.post("refs/heads/trunk") == 202
    assert looks.found == [EventKind.PUSH]


@pytest.mark.parametrize("ref", ["refs/heads/gitopsd/status", "refs/heads/gitopsd/rendered"])
async def test_our_own_pushes_make_nobody_look(looks: Looks, ref: str) -> None:
    assert looks.post(ref) == 202
    assert looks.found == []


async def test_what_is_of_another_repository_makes_nobody_look(looks: Looks) -> None:
    assert looks.post(url="https://git.example/shop/other.git") == 202
    assert looks.post(event="ping") == 202
    assert looks.found == []
    assert looks.hooks.results == {("github", "ignored"): 2}


async def test_what_is_forged_is_refused_and_makes_nobody_look(looks: Looks) -> None:
    assert looks.post(secret="guessed") == 401
    assert looks.found == []
    assert looks.hooks.results == {("github", "refused"): 1}


async def test_what_is_replayed_is_refused_and_makes_nobody_look(looks: Looks) -> None:
    assert looks.post(id="1") == 202
    assert looks.post(id="1") == 409
    assert looks.post(id="2", after="b") == 202
    assert len(looks.found) == 2


async def test_a_name_that_nobody_signed_makes_no_other_delivery_of_the_same_body(
    looks: Looks,
) -> None:
    assert looks.post(id="1", after="a") == 202
    assert [looks.post(id="2", after="a"), looks.post(after="a")] == [409, 409]
    assert len(looks.found) == 1


async def test_what_has_lost_its_id_is_known_by_its_body(looks: Looks) -> None:
    assert looks.post(after="a") == 202
    assert looks.post(after="a") == 409
    assert looks.post(after="b") == 202
    assert len(looks.found) == 2


async def test_anybody_else_may_say_the_same_twice(looks: Looks) -> None:
    assert [looks.post(after="a", host="generic") for _ in range(2)] == [202, 202]
    assert [looks.post(id="1", host="generic") for _ in range(2)] == [202, 409]


async def test_a_forged_delivery_does_not_use_up_the_id_of_a_true_one(looks: Looks) -> None:
    assert looks.post(id="1", secret="guessed") == 401
    assert looks.post(id="1") == 202


async def test_deliveries_are_forgotten_after_ten_minutes(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_s = 1000.0
    monkeypatch.setattr(hooks.clock, "monotonic", lambda: at_s)
    assert looks.post(id="1", after="a") == 202
    at_s += 601

    assert looks.post(id="1", after="a") == 202


async def test_a_flood_is_cut_by_its_address_alone(looks: Looks) -> None:
    codes = [looks.post(secret="guessed", remote="192.0.2.66") for _ in range(70)]

    assert set(codes[:60]) == {401}
    assert set(codes[65:]) == {429}
    assert looks.post() == 202


async def test_a_host_that_is_not_known_is_not_there(looks: Looks) -> None:
    assert looks.post(host="sourceforge") == 404


async def test_secrets_are_exchanged_without_a_restart(looks: Looks) -> None:
    looks.file.write_text("next\n")
    assert looks.post() == 401
    assert looks.post(secret="next") == 202
    looks.file.unlink()
    assert looks.post(secret="next") == 401


@pytest.mark.parametrize("content", ["", "\n\n", "a\n" * 9])
def test_a_file_without_a_secret_is_refused_at_the_start(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)

    with pytest.raises(UsageError, match="--webhook-secret-file"):
        Hooks(file, lambda: Followed(URL, "", "gitopsd/"), lambda _: None)
