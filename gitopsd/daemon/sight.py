"""WHAT ONE MEMBER'S TASK KNOWS: filled by lists, watches and answers, read by plans.

Comes in: bodies and events of one member. Goes out: `Observed`, and which objects are concerned.
Stands alone because the connection comes and goes while what is known of attempts stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gitopsd.core.health import NOTHING_KNOWN, Around, has_status
from gitopsd.core.kinds import NATIVE, Interpreter
from gitopsd.core.plan import (
    AWAITING,
    Found,
    Hook,
    Live,
    Observed,
    Try,
    Wait,
    is_ours,
    live_of,
    unjudged,
)
from gitopsd.core.plan.observed import Accepted, Compared, Repairs
from gitopsd.daemon.tally import Tally
from gitopsd.edge import clock
from gitopsd.kube.body import Body, dig
from gitopsd.model.api import Discovery, Event, EventKind, Served
from gitopsd.model.delivery import Entry
from gitopsd.model.resource import ResourceKey, split_api_version

Kind = tuple[str, str]

_OVERTAKEN_S = 10.0
# Failures that end with the object which is there.
_OF_WHAT_IS_THERE = frozenset({"Immutable", "FieldConflict", AWAITING})


@dataclass(slots=True, eq=False)
class Sight:
    """Everything seen of one member; `touched` are the objects of which something is new.

    `is_unrecorded` says that `entries` are not yet what the member's inventory says,
    `has_new_namespace` that objects may go where they could not. `fresh_kinds` were listed lately.
    `tally` counts what was done. `is_rebuilding` says that there is no inventory on the member, so
    that what is ours is told by label and fields alone. An answer and a watch overtake each other:
    `heard` are versions that the watch told while a request was under way, `awaited` is the version
    of an answer that it has not told yet, with the time. `kinds` knows the commit's scripts; for
    kinds that have some `read_as` is the version that they speak of, and `unjudged` are objects of
    which they have not spoken yet. `webhooks` and `hooks` are those of the wanted set, `late` kinds
    that were waited for too long. `around` is what else is known there that health depends on,
    `behind` what all that is new waits for.
    """

    manager: str
    set_id: str
    discovery: Discovery
    live: dict[ResourceKey, Live] = field(default_factory=dict)
    entries: dict[ResourceKey, Entry] = field(default_factory=dict)
    looked: dict[ResourceKey, Found | None] = field(default_factory=dict)
    tries: dict[ResourceKey, Try] = field(default_factory=dict)
    accepted: dict[ResourceKey, Accepted] = field(default_factory=dict)
    repairs: dict[ResourceKey, Repairs] = field(default_factory=dict)
    compared: dict[ResourceKey, Compared] = field(default_factory=dict)
    listed: set[Kind] = field(default_factory=set)
    refused: dict[Kind, str] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    needed: frozenset[str] = frozenset()
    scaled: frozenset[ResourceKey] = frozenset()
    touched: set[ResourceKey] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)
    is_unrecorded: bool = False
    has_new_namespace: bool = False
    fresh_kinds: set[Kind] = field(default_factory=set)
    is_rebuilding: bool = False
    heard: dict[ResourceKey, set[str]] = field(default_factory=dict)
    awaited: dict[ResourceKey, tuple[str, float]] = field(default_factory=dict)
    kinds: Interpreter = NATIVE
    read_as: Mapping[Kind, str] = field(default_factory=dict)
    unjudged: dict[ResourceKey, Body] = field(default_factory=dict)
    webhooks: frozenset[str] = frozenset()
    late: frozenset[Kind] = frozenset()
    hooks: Mapping[ResourceKey, Hook] = field(default_factory=dict)
    around: Around = NOTHING_KNOWN
    behind: Wait | None = None

    def observed(self) -> Observed:
        """What plans read; it shows later changes too."""
        return Observed(
            discovery=self.discovery,
            live=self.live,
            entries=self.entries,
            looked=self.looked,
            tries=self.tries,
            accepted=self.accepted,
            repairs=self.repairs,
            compared=self.compared,
            manager=self.manager,
            listed=self.listed,
            refused=self.refused,
            namespaces=self.namespaces,
            fresh=self.fresh,
            needed=self.needed,
            scaled=self.scaled,
            late=self.late,
            hooks=self.hooks,
            behind=self.behind,
        )

    def has_namespace(self, name: str) -> None:
        """A namespace is there: objects that wait for it may go."""
        self.namespaces.add(name)
        self.touched.add(ResourceKey("", "Namespace", "", name))
        self.has_new_namespace = True

    def forget_live(self) -> None:
        """Nothing is known to be there any more: the connection was lost."""
        self.live.clear()
        self.looked.clear()
        self.listed.clear()
        self.refused.clear()
        self.namespaces.clear()
        self.fresh.clear()
        self.heard.clear()
        self.awaited.clear()
        self.unjudged.clear()

    def served(self, kind: Kind) -> Served | None:
        """How the member serves this kind, in the version that scripts speak of where they do."""
        found = self.discovery.kinds.get(kind)
        version = self.read_as.get(kind, "") if self.read_as else ""
        if found is None or version not in found.versions:
            return found
        return replace(found, version=version)

    def reads_whole(self, group: str, kind: str) -> bool:
        """Whether metadata alone does not tell how an object of this kind does."""
        return has_status(group, kind) or (group, kind) in self.read_as

    def see(self, body: Body, served: Served, *, is_news: bool = False) -> ResourceKey:
        """Takes in an object of ours as the member shows it now.

        A version that was seen already is passed over, unless time may have made it another thing.
        """
        key = key_in(served, body)
        before = self.live.get(key)
        version = dig(body, "metadata", "resourceVersion", default="")
        is_known = before is not None and (before.uid, before.version) == (_uid(body), version)
        if is_known and version and not is_news:
            return key
        self._take(key, *self._shown(body, served, before))
        return key

    def ask(self, key: ResourceKey) -> None:
        """A request that changes the object begins; `answered` or `unanswered` ends it."""
        self.heard[key] = set()

    def unanswered(self, key: ResourceKey) -> None:
        """The request has changed nothing, or nobody knows."""
        self.heard.pop(key, None)

    def answered(self, key: ResourceKey, body: Body, served: Served) -> Live:
        """What the answer of a request shows; it is passed over where the watch is ahead of it."""
        before, heard = self.live.get(key), self.heard.pop(key, set())
        live, to_judge = self._shown(body, served, before)
        if live.version not in heard or not live.version:
            if live.version and (before is None or before.version != live.version):
                self.awaited[key] = live.version, clock.monotonic()
            self._take(key, live, to_judge)
        self.touched.add(key)
        return live

    def judged(self, key: ResourceKey, live: Live, body: Body) -> None:
        """Takes in what scripts said of this body, unless there is a newer one."""
        if self.unjudged.get(key) is not body:
            return
        del self.unjudged[key]
        now = self.live.get(key)
        if now is not None:
            finding, since = live.finding, live.since
            if now.is_terminating and not live.is_terminating:
                finding, since = now.finding, now.since
            self.live[key] = replace(now, finding=finding, since=since, collected=live.collected)
            self.touched.add(key)

    def _shown(self, body: Body, served: Served, before: Live | None) -> tuple[Live, Body | None]:
        """What a body shows, and the body itself where a script is to be asked of it."""
        body = typed(body, served)
        live = live_of(body, self.manager, before, clock.now(), around=self.around)
        if not self.read_as or self.read_as.get((served.group, served.kind)) != version_in(body):
            return live, None
        return unjudged(live, before, body, self.kinds), body

    def _take(self, key: ResourceKey, live: Live, to_judge: Body | None) -> None:
        self.live[key] = live
        if to_judge is not None:
            self.unjudged[key] = to_judge
        elif self.unjudged:
            self.unjudged.pop(key, None)
        self.looked.pop(key, None)
        self._exists(key)
        self.touched.add(key)

    def see_listed(self, body: Body, served: Served) -> ResourceKey:
        """Takes in an object of ours from a list of its kind; `listed_all` ends the list.

        What a list says counts in any case: watches can lie, of a version too.
        """
        return self.see(body, served, is_news=True)

    def listed_all(self, served: Served, keys: Iterable[ResourceKey]) -> None:
        """A list of a kind is whole: what was there and is not among these objects is gone."""
        kind = (served.group, served.kind)
        for key in [key for key in self.awaited if key[:2] == kind]:
            del self.awaited[key]
        found = set(keys)
        self.refused.pop(kind, None)
        if self.is_rebuilding and kind not in self.listed:
            for key in sorted(found & self.live.keys()):
                self._rebuild(key, served)
        for key in [key for key in self.live if key[:2] == kind and key not in found]:
            self.gone(key)
        self.listed.add(kind)
        self._renewed(kind)

    def list(self, served: Served, bodies: Iterable[Body]) -> None:
        """Takes in all objects of a kind at once; those that are not ours are passed over."""
        ours = [each for each in bodies if is_ours(each, self.set_id)]
        self.listed_all(served, [self.see_listed(each, served) for each in ours])

    def refuse(self, served: Served, reason: str) -> None:
        """A kind cannot be listed, or the member does not let us; nothing is known of it."""
        kind = (served.group, served.kind)
        if self.refused.get(kind) != reason:
            self.refused[kind] = reason
            self._renewed(kind)

    def lose(self, served: Served) -> None:
        """The member serves a kind no more: what there was of it is gone."""
        self.list(served, ())
        kind = (served.group, served.kind)
        self.listed.discard(kind)
        kinds = {key: each for key, each in self.discovery.kinds.items() if key != kind}
        self.discovery = replace(self.discovery, kinds=kinds)

    def _renewed(self, kind: Kind) -> None:
        self.fresh_kinds.add(kind)
        self.touched.update(key for key in self.entries if key[:2] == kind)

    def hear(self, event: Event, served: Served) -> None:
        """Takes in an event of a watch."""
        key = key_in(served, event.body)
        is_end = event.kind is EventKind.DELETED or not is_ours(event.body, self.set_id)
        if self._is_past(key, event.body, is_end=is_end):
            return
        if is_end:
            self.gone(key)
        else:
            self.see(event.body, served)

    def _is_past(self, key: ResourceKey, body: Body, *, is_end: bool) -> bool:
        """Whether the watch tells of a time before an answer that we have.

        It tells everything in order, so that is over with the version of the answer; an object that
        ended does not come back with its uid. Versions are opaque: no other order is known.
        """
        version = dig(body, "metadata", "resourceVersion", default="")
        if key in self.heard:
            self.heard[key].add(version)
        if key not in self.awaited:
            return False
        awaited, since = self.awaited[key]
        live = self.live.get(key)
        is_past = version != awaited and clock.monotonic() - since < _OVERTAKEN_S
        if is_end and live is not None and dig(body, "metadata", "uid") == live.uid:
            is_past = False
        if not is_past:
            del self.awaited[key]
        return is_past

    def gone(self, key: ResourceKey) -> None:
        """An object is not among ours any more: it was deleted, or lost our label."""
        before = self.live.pop(key, None)
        self.awaited.pop(key, None)
        self.unjudged.pop(key, None)
        if before is not None and before.is_terminating:
            self.looked[key] = None
        tried = self.tries.get(key)
        if tried is not None and tried.reason in _OF_WHAT_IS_THERE:
            # Somebody took away what could not be changed: another attempt makes it anew.
            del self.tries[key]
        if key.kind == "Namespace" and not key.group:
            self.namespaces.discard(key.name)
            self.fresh.discard(key.name)
        self.touched.add(key)

    def deleting(self, key: ResourceKey) -> None:
        """Our deletion was accepted."""
        if key in self.live:
            self.live[key] = replace(self.live[key], is_terminating=True)
        self.touched.add(key)

    def record(self, entry: Entry) -> None:
        """What the inventory is to say of an object."""
        if self.entries.get(entry.key) != entry:
            self.entries[entry.key] = entry
            self.is_unrecorded = True

    def forget(self, key: ResourceKey) -> None:
        """The inventory is to say nothing of an object any more."""
        if self.entries.pop(key, None) is not None:
            self.is_unrecorded = True
        self.looked.pop(key, None)
        self.tries.pop(key, None)
        self.accepted.pop(key, None)
        self.repairs.pop(key, None)
        self.touched.add(key)

    def learn(self, key: ResourceKey, entry: Entry | None) -> None:
        """The inventory says this of an object (None: nothing more): another daemon wrote it."""
        if entry is None:
            self.entries.pop(key, None)
        else:
            self.entries[key] = entry
        self.touched.add(key)

    def look_again(self) -> None:
        """What was looked up may be another thing by now."""
        self.touched.update(self.looked, self.compared)
        self.looked.clear()
        self.compared.clear()

    def _exists(self, key: ResourceKey) -> None:
        self.namespaces.add(key.namespace if key.namespace else "")
        if key.kind == "Namespace" and not key.group:
            self.namespaces.add(key.name)

    def _rebuild(self, key: ResourceKey, served: Served) -> None:
        """An object that we applied, when there is no inventory: one was lost.

        While there is one it names all that is ours, for it is written before anything is made; an
        object with our label and fields that it does not name is a copy that somebody made.
        """
        live = self.live[key]
        if key in self.entries or live.fields is None:
            return
        self.entries[key] = Entry(key, served.version, live.uid)


def typed(body: Body, served: Served) -> Body:
    """The body with what it is of; lists leave that out."""
    if body.get("kind") == served.kind:
        return body
    api_version = f"{served.group}/{served.version}" if served.group else served.version
    return {**body, "apiVersion": api_version, "kind": served.kind}


def _uid(body: Body) -> str:
    return dig(body, "metadata", "uid", default="") or ""


def version_in(body: Body) -> str:
    """The version of the API that a body is written in."""
    return split_api_version(dig(body, "apiVersion", default=""))[1]


def key_in(served: Served, body: Body) -> ResourceKey:
    """Which object of a kind a body is of."""
    return ResourceKey(
        served.group,
        served.kind,
        dig(body, "metadata", "namespace", default=""),
        dig(body, "metadata", "name", default=""),
    )
