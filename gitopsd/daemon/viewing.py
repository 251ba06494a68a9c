"""Config to edges, for who only looks: plans, what failures would mean, rights, what was refused.

Comes in: a Config. Goes out: what was asked; nothing is touched. It stands apart from `wiring`,
which puts daemons together, so that a plan need not load what it takes to talk to members.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

from gitopsd.core.decide import Options
from gitopsd.core.kinds.library import KUBE
from gitopsd.core.review.whatif import Supposed
from gitopsd.core.rights import Right
from gitopsd.core.sops import Unseal, opened_by, sealed
from gitopsd.daemon.admission import Verifier
from gitopsd.daemon.granting import granted
from gitopsd.daemon.places import Places
from gitopsd.daemon.preview import Asked, previewed, supposed
from gitopsd.daemon.vouching import foretold
from gitopsd.edge.age import AgeKeys
from gitopsd.edge.files import WorkTree
from gitopsd.edge.git import Access, Clone, Remote, top
from gitopsd.edge.gpg import Gpg
from gitopsd.edge.lua import Lua
from gitopsd.edge.ssh_keygen import SshKeygen
from gitopsd.model.changes import Preview
from gitopsd.model.config import Config
from gitopsd.model.problem import Problem
from gitopsd.model.trust import Form


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No looking for cycles meanwhile: what a plan makes has none, and there is much of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


async def preview(config: Config, asked: Asked) -> Preview:
    """What would change from a base to a head, with the reasons; nothing is touched.

    No base: what is applied. No head: the working tree of the config, if it has one, else the
    branch. Without keys, encrypted files stay so. A head that would be refused is an error of it.
    """
    with _undisturbed(), closing(_places(config)) as places, closing(Lua(KUBE)) as lua:
        seen = await previewed(places, config, asked, options(lua))
        wrong = await _refused(places, config, asked)
    if wrong is None:
        return seen
    changes = replace(seen.changes, problems=(*seen.changes.problems, wrong))
    return replace(seen, changes=changes, brings_trouble=True)


async def refused(config: Config) -> Problem | None:
    """Why the last commit of the working tree would be refused for its signature."""
    with closing(_places(config)) as places:
        return await _refused(places, config, Asked())


async def _refused(places: Places, config: Config, asked: Asked) -> Problem | None:
    with ExitStack() as stack:
        found = verifiers(config)
        for each in found.values():
            stack.callback(each.close)
        return await foretold(places, config, asked, found)


async def what_if(config: Config, asked: Asked, down: str) -> Supposed:
    """What would become of the workloads of a head if these clusters failed."""
    about = (config, replace(asked, measures=True))
    with _undisturbed(), closing(_places(config)) as places, closing(Lua(KUBE)) as lua:
        return await supposed(places, about, down, options(lua))


async def rights(config: Config, head: str) -> Mapping[str, frozenset[Right]]:
    """What each member must allow for a head, by what is known of them."""
    with _undisturbed(), closing(_places(config)) as places, closing(Lua(KUBE)) as lua:
        return await granted(places, config, Asked(head=head), options(lua))


def _places(config: Config) -> Places:
    folder = config.worktree
    return Places(
        WorkTree(folder) if folder else None,
        Clone(folder) if folder and top(folder) else None,
        remote(config) if config.repo else None,
        unseal(config, sealed),
    )


def access(config: Config) -> Access:
    """The operator's credentials for git."""
    return Access(
        config.git_token_file, config.git_ca_file, config.ssh_key_file, config.known_hosts_file
    )


def remote(config: Config, branch: str = "") -> Remote:
    """The repository of this config; `branch` instead of the one that is followed."""
    return Remote(config.repo, branch or config.branch, access=access(config), cache=config.cache)


def verifiers(config: Config) -> Mapping[Form, Verifier]:
    """Who the operator trusts to sign, by the form of signatures."""
    found: dict[Form, Verifier] = {}
    if config.allowed_signers is not None:
        found[Form.SSH] = SshKeygen(config.allowed_signers, config.revoked_keys)
    if config.gpg_keys is not None:
        found[Form.OPENPGP] = Gpg(config.gpg_keys)
    return found


def unseal(config: Config, keyless: Unseal) -> Unseal:
    """How encrypted files are read: with the operator's keys, else in the other way.

    What goes to members is never read sealed.
    """
    files = config.age_key_files
    return opened_by(AgeKeys(files).open) if files else keyless


def options(lua: Lua) -> Options:
    """Ours, with scripts; nothing is started for a commit that has none."""
    return Options(interpret=lua.interpret)
