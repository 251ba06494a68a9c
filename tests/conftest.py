"""What tests can ask for: real members, a repository, the program as a process.

A test that asks for a real member is an e2e test wherever it stands; bare `pytest` leaves those
out, `make e2e` runs them. Members are shared by a whole session: a test uses a namespace and an
instance of its own (`namespace`, `instance`), and a private member when it breaks one.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers import binaries
from servers.daemon import Daemons
from servers.member import Member, discard, start, stop, write_kubeconfig
from servers.repository import Repository

REAL = {"fleet", "member1", "member2", "member3", "apiserver_only", "new_member", "kubeconfig"}
_DAEMONS = pytest.StashKey[Daemons]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="write what golden tests find as expected"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if REAL & set(getattr(item, "fixturenames", ())):
            item.add_marker("e2e")


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly or not any(map(_is_real, session.items)):
        return
    try:
        folder = binaries.find()
    except binaries.NotFound as error:
        pytest.exit(f"tests on real servers: {error}", returncode=1)
    print(f"\nkubernetes: {folder}")


def _is_real(item: pytest.Item) -> bool:
    return item.get_closest_marker("e2e") is not None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.failed and (daemons := item.stash.get(_DAEMONS, None)) and daemons.started:
        report.sections.append(("gitopsd", daemons.logs()))
    return report


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Member, ...]]:
    """Three whole members, `member1` to `member3`, whose Deployments become ready."""
    folder = tmp_path_factory.mktemp("fleet")
    members = tuple(Member(f"member{n}", folder / f"member{n}", True) for n in (1, 2, 3))
    start(members)
    yield members
    stop(members)


@pytest.fixture(scope="session")
def member1(fleet: tuple[Member, ...]) -> Member:
    return fleet[0]


@pytest.fixture(scope="session")
def member2(fleet: tuple[Member, ...]) -> Member:
    return fleet[1]


@pytest.fixture(scope="session")
def member3(fleet: tuple[Member, ...]) -> Member:
    return fleet[2]


@pytest.fixture(scope="session")
def apiserver_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Member]:
    """A bare API server with its etcd: no controllers, nothing becomes ready, nothing ends."""
    member = Member("bare", tmp_path_factory.mktemp("bare") / "bare", False)
    start([member])
    yield member
    stop([member])


@pytest.fixture
def new_member(tmp_path: Path) -> Iterator[Callable[..., Member]]:
    """Starts a private member, for tests that break it: `new_member(name, is_whole=True)`.

    More words are flags of its API server.
    """
    members: list[Member] = []

    def make(name: str, *flags: str, is_whole: bool = False) -> Member:
        member = Member(name, tmp_path / name, is_whole, flags)
        start([member])
        members.append(member)
        return member

    yield make
    discard(members)


@pytest.fixture
def kubeconfig(fleet: tuple[Member, ...], tmp_path: Path) -> Path:
    """Contexts `member1` to `member3`, as the user whose requests `Member.requests` tells."""
    return write_kubeconfig(fleet, tmp_path / "kubeconfig.yaml")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A bare repository without a commit; its branch is `main`."""
    return Repository(tmp_path)


@pytest.fixture
def daemons(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Daemons]:
    """The program as processes; all are ended after the test, their logs shown when it fails."""
    daemons = Daemons(tmp_path)
    request.node.stash[_DAEMONS] = daemons
    yield daemons
    daemons.close()


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> str:
    """A namespace name of this test's own; nothing makes or removes the namespace."""
    return _own_name(request.node)


@pytest.fixture
def instance(request: pytest.FixtureRequest) -> str:
    """An instance name of this test's own: its inventory, field manager and branches."""
    return _own_name(request.node)


def _own_name(test: pytest.Item) -> str:
    words = re.sub("[^a-z0-9]+", "-", test.name.lower().removeprefix("test_"))[:30].strip("-")
    return f"{words}-{hashlib.sha256(test.nodeid.encode()).hexdigest()[:5]}"
