"""Tokens, certificates, redirects and servers that do not answer."""

import asyncio
import dataclasses
import time

import pytest

from gitopsd.edge.git import Access, Remote, network
from gitopsd.model.errors import SourceError, UsageError
from servers.githttp import GitHttp


async def test_a_token_is_given_where_it_is_asked_for(https) -> None:
    place, server = https
    commit = place.repository.push({"a": "1"})

    assert await place.remote().poll() == commit
    assert server.seen[0] == ""
    assert set(server.seen[1:]) == {"Basic eC1hY2Nlc3MtdG9rZW46czNjcjN0"}  # x-access-token:s3cr3t


async def test_the_user_of_the_url_goes_with_the_token(https) -> None:
    place, server = https
    commit = place.repository.push({"a": "1"})
    place.url = place.url.replace("https://", "https://oauth2@")

    assert await place.remote().poll() == commit
    assert "Basic b2F1dGgyOnMzY3IzdA==" in server.seen  # oauth2:s3cr3t


async def test_a_token_that_was_renewed_is_read_again(https) -> None:
    place, server = https
    commit = place.repository.push({"a": "1"})
    remote = place.remote()
    await remote.poll()

    server.token = "renewed"
    place.access.token_file.write_text("renewed")

    assert await remote.poll() == commit


async def test_a_wrong_token_is_tried_three_times_at_most(https) -> None:
    place, server = https
    place.access.token_file.write_text("wrong")

    with pytest.raises(SourceError, match="refused the credentials"):
        await place.remote().poll()
    assert len([said for said in server.seen if said]) <= 3


async def test_no_token_where_one_is_asked_for_says_so(https) -> None:
    place, _ = https
    place.access = dataclasses.replace(place.access, token_file=None)

    with pytest.raises(SourceError, match="--git-token-file"):
        await place.remote().poll()


async def test_a_redirect_to_another_host_gets_no_token(https, authority, tmp_path) -> None:
    place, server = https
    place.repository.push({"a": "1"})
    async with GitHttp(tmp_path, "s3cr3t", authority) as other:
        server.moved = other.url

        with pytest.raises(SourceError, match="redirects to another host"):
            await place.remote().poll()

    assert set(other.seen) <= {""}
    assert set(server.seen) <= {""}


async def test_a_token_never_goes_over_http(http, tmp_path) -> None:
    place, server = http
    (tmp_path / "token").write_text("s3cr3t")

    with pytest.raises(UsageError, match="never sent over http"):
        Remote(place.url, access=Access(token_file=tmp_path / "token"))
    assert server.seen == []


async def test_http_without_credentials_is_fine(http) -> None:
    place, server = http
    commit = place.repository.push({"a": "1"})

    assert await place.remote().poll() == commit
    assert set(server.seen) == {""}


async def test_a_certificate_of_an_unknown_authority_is_refused(https) -> None:
    place, server = https
    server.seen.clear()
    place.url = place.url.replace("localhost", "127.0.0.1")

    with pytest.raises(SourceError, match="certificate"):
        await place.remote().poll()
    assert server.seen == []


async def test_what_is_not_there_says_so(http) -> None:
    place, server = http
    place.url = f"{server.url}/nothing.git"

    with pytest.raises(SourceError, match="is not there, or not for these credentials"):
        await place.remote().poll()


async def test_a_server_that_does_not_answer_blocks_nothing(http, monkeypatch) -> None:
    place, server = http
    monkeypatch.setattr(network, "ANSWER_MS", 300)
    server.stalls = True
    began = time.monotonic()

    poll = asyncio.create_task(place.remote().poll())
    turns = 0
    while not poll.done():
        await asyncio.sleep(0.01)
        turns += 1

    with pytest.raises(SourceError, match="did not answer in time"):
        await poll
    assert time.monotonic() - began < 5
    assert turns > 10
