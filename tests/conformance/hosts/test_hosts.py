"""What we ask of git hosts, against their documented contract over TLS, and against limits."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from gitopsd.core.hosts import host_of
from gitopsd.daemon.hosted import Hosted
from gitopsd.edge.host import HostApi
from gitopsd.model.errors import HostError, UsageError
from gitopsd.model.hosting import Ask, Comment, CommitState, PullRequest, StateKind
from servers.githost import ME, TOKEN, GitHost, GitHub, GitLab, Pull

HEAD = "a" * 40
KINDS = {"github": GitHub, "gitlab": GitLab}


@pytest.fixture(params=KINDS)
async def host(request: pytest.FixtureRequest, ca: trustme.CA) -> AsyncIterator[GitHost]:
    async with KINDS[request.param](ca) as found:
        yield found


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def api(host: GitHost, ca: trustme.CA, tmp_path: Path) -> AsyncIterator[HostApi]:
    token, authority = tmp_path / "token", tmp_path / "ca.pem"
    token.write_text(TOKEN)
    ca.cert_pem.write_to_path(str(authority))
    known = host_of(type(host).__name__.lower())
    assert known is not None and known.api is not None
    place = known.api.place(f"{host.url}/shop/fleet.git")
    made = HostApi(place.api, token, known.api.headers, authority)
    yield made
    await made.close()


@pytest.fixture
def hosted(host: GitHost, api: HostApi) -> Hosted:
    known = host_of(type(host).__name__.lower())
    assert known is not None and known.api is not None
    return Hosted(api, known.api, known.api.place(f"{host.url}/shop/fleet.git").project)


async def test_open_pull_requests_are_read_through_all_pages(host: GitHost, hosted: Hosted) -> None:
    host.state.pulls = {number: Pull(number, f"{number:040x}") for number in range(1, 251)}
    host.state.pulls[7].fork = "mallory/fleet"
    host.state.pulls[8].base = "other"

    found = await hosted.pulls()

    assert [each.number for each in found] == list(range(1, 251))
    assert [each.number for each in found if each.is_fork] == [7]
    assert [each.number for each in found if each.base != "main"] == [8]
    assert found[0].head == f"{1:040x}"
    assert found[0].title == "Change 1" and "1" in found[0].ref


async def test_no_pull_request_is_open(hosted: Hosted) -> None:
    assert await hosted.pulls() == ()


async def test_a_comment_is_made_found_and_edited(host: GitHost, hosted: Hosted) -> None:
    host.state.pulls[1] = Pull(1, HEAD)
    host.state.add(1, "mallory", "not ours")
    for number in range(120):
        host.state.add(1, "talker", f"word {number}")

    await hosted.write(1, "ours", None)
    found = await hosted.comments(1)
    own = [each for each in found if await hosted.is_me(each)]
    assert [each.body for each in own] == ["ours"]
    await hosted.write(1, "ours, edited", own[0])

    assert len(found) == 122
    assert host.state.said(1)[-1] == "ours, edited"
    assert len(host.state.said(1)) == 122


async def test_a_check_is_said_once(host: GitHost, hosted: Hosted) -> None:
    state = CommitState("gitopsd/plan", StateKind.PENDING, "under way")
    done = CommitState("gitopsd/plan", StateKind.SUCCESS, "x" * 500)

    for each in (state, state, done, done):
        await hosted.say(HEAD, each)

    assert [kind for _, kind, _ in host.state.checks[HEAD]] == ["pending", "success"]
    assert len(host.state.checks[HEAD][-1][2]) <= 140


async def test_what_another_process_said_is_not_said_again(
    host: GitHost, hosted: Hosted, api: HostApi
) -> None:
    state = CommitState("gitopsd/plan", StateKind.SUCCESS, "nothing to do")
    await hosted.say(HEAD, state)

    await Hosted(api, hosted.api, hosted.project).say(HEAD, state)

    assert len(host.state.checks[HEAD]) == 1


async def test_every_kind_of_state_has_its_word(host: GitHost, hosted: Hosted) -> None:
    for kind in StateKind:
        await hosted.say(HEAD, CommitState(f"gitopsd/{kind.value}", kind, "words"))

    assert len(host.state.stands(HEAD)) == 4


async def test_who_may_write_is_asked(host: GitHost, hosted: Hosted) -> None:
    host.state.may = {"boss": True, "reader": False, "boss2": False}

    assert await hosted.can_write("boss")
    assert not await hosted.can_write("reader")
    assert not await hosted.can_write("nobody")


async def test_a_list_that_did_not_change_is_not_sent_again(host: GitHost, hosted: Hosted) -> None:
    host.state.pulls[1] = Pull(1, HEAD)
    first = await hosted.pulls()
    assert await hosted.pulls() == first

    host.state.pulls[1].updated = 9
    assert await hosted.pulls() != first


async def test_patience_that_is_asked_for_is_told(host: GitHost, api: HostApi) -> None:
    host.state.fails = 429, {"Retry-After": "17"}
    with pytest.raises(HostError) as late:
        await api.ask(Ask("GET", "/user"))
    host.state.fails = 403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    with pytest.raises(HostError) as limited:
        await api.ask(Ask("GET", "/user"))
    host.state.fails = 500, {}
    with pytest.raises(HostError) as broken:
        await api.ask(Ask("GET", "/user"))

    assert (late.value.wait_s, late.value.retry, late.value.status) == (17.0, True, 429)
    assert (limited.value.wait_s, limited.value.retry) == (1.0, True)
    assert (broken.value.wait_s, broken.value.retry) == (0.0, True)
    assert "fails on purpose" in str(broken.value)


async def test_a_redirect_takes_no_token_elsewhere(host: GitHost, api: HostApi) -> None:
    host.state.fails = 302, {"Location": f"{host.url}/elsewhere"}

    with pytest.raises(HostError, match="redirect"):
        await api.ask(Ask("GET", "/user"))

    assert len(host.state.requests) == 1


async def test_a_refused_token_is_said_and_never_quoted(
    api: HostApi, hosted: Hosted, tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("very-secret")

    with pytest.raises(HostError) as refused:
        await api.ask(hosted.api.me)

    assert (refused.value.status, refused.value.retry) == (401, False)
    assert "very-secret" not in str(refused.value)


def test_a_token_is_never_sent_in_the_clear(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)

    with pytest.raises(UsageError, match="https"):
        HostApi("http://localhost/api", token, lambda _: {})


@pytest.mark.parametrize(
    ("name", "url", "api", "project"),
    [
        ("github", "https://github.com/shop/fleet.git", "https://api.github.com", "shop/fleet"),
        ("github", "git@github.com:shop/fleet.git", "https://api.github.com", "shop/fleet"),
        ("github", "https://ghe.example/shop/fleet", "https://ghe.example/api/v3", "shop/fleet"),
        ("gitea", "ssh://git@g.example:2222/a/b.git", "https://g.example/api/v1", "a/b"),
        ("gitea", "https://g.example:3000/a/b", "https://g.example:3000/api/v1", "a/b"),
        ("gitlab", "https://l.example/a/b/c.git", "https://l.example/api/v4", "a%2Fb%2Fc"),
    ],
)
def test_the_api_is_found_from_the_url(name: str, url: str, api: str, project: str) -> None:
    known = host_of(name)
    assert known is not None and known.api is not None

    place = known.api.place(url)

    assert (place.api, place.project) == (api, project)


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("github", "https://h.example/shop/fleet/blob/gitopsd/status/plans/3.md"),
        ("gitea", "https://h.example/shop/fleet/src/branch/gitopsd/status/plans/3.md"),
        ("gitlab", "https://h.example/shop/fleet/-/blob/gitopsd/status/plans/3.md"),
    ],
)
def test_people_are_led_to_a_file_of_a_branch(name: str, page: str) -> None:
    known = host_of(name)
    assert known is not None and known.api is not None

    assert known.api.page("git@h.example:shop/fleet.git", "gitopsd/status", "plans/3.md") == page


@pytest.mark.parametrize("value", [None, [], {}, "x", [1], [{}], [{"id": "x", "number": True}]])
@pytest.mark.parametrize("name", ["github", "gitlab", "gitea"])
def test_an_answer_of_another_form_says_nothing(name: str, value: object) -> None:
    known = host_of(name)
    assert known is not None and known.api is not None
    api = known.api

    assert (api.pulls_of(value), api.comments_of(value), api.states_of(value)) == ((), (), ())
    assert (api.name_of(value), api.can_write(value, "me")) == ("", False)


async def test_a_token_without_an_account_takes_a_bots_comments_for_its_own(
    host: GitHost, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted, "api", replace(hosted.api, me=Ask("GET", "/nowhere")))

    assert await hosted.is_me(Comment(1, "app[bot]", "", is_bot=True))
    assert not await hosted.is_me(Comment(1, ME, ""))


def test_a_pull_request_is_the_same_until_something_of_it_changes() -> None:
    one = PullRequest(1, HEAD, "refs/pull/1/head", "main", False, "x", "1")

    assert one == replace(one)
    assert one != replace(one, updated="2")
