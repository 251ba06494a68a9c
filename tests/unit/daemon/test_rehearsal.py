"""What is tried on members by a live plan, and what is not."""

from gitopsd.core.review.rehearsed import Answer, Sort
from gitopsd.daemon.rehearsal import rehearse
from gitopsd.model.changes import Change
from gitopsd.model.cluster import Cluster
from gitopsd.model.config import Config
from gitopsd.model.decision import Manifest
from gitopsd.model.delivery import ActionKind
from gitopsd.model.resource import Origin, ResourceKey
from gitopsd.model.snapshot import Loaded

KEY = ResourceKey("", "Secret", "shop", "db")


async def test_stand_ins_for_encrypted_values_are_not_sent():
    manifest = Manifest(KEY, "v1", {"data": {"a": "c3RhbmQtaW4="}}, "hash", Origin("db.yaml"))
    change = Change("eu", KEY, ActionKind.CREATE, after=manifest)
    loaded = Loaded(clusters={"eu": Cluster("eu")}, sealed=frozenset({KEY}))

    said = await rehearse([change], ["eu"], loaded, Config())

    words = "is encrypted, and there is no key: it was not tried"
    assert said == (Answer("eu", KEY, Sort.UNSURE, words),)


async def test_a_member_without_credentials_is_named():
    manifest = Manifest(KEY, "v1", {}, "hash", Origin("db.yaml"))
    change = Change("eu", KEY, ActionKind.CREATE, after=manifest)

    (said,) = await rehearse([change], ["eu"], Loaded(clusters={"eu": Cluster("eu")}), Config())

    assert (said.cluster, said.key, said.sort) == ("eu", None, Sort.UNSURE)
    assert "could not be asked for dry runs: no credentials" in said.words
