"""`rendered/<cluster>/…`: what a member gets, but of a Secret only where it comes from.

Comes in: a manifest. Goes out: a body for people and pull agents. A Secret shows its keys and the
annotation `gitopsd.io/secret-from: <path>#<document>@<blob>`, from which an agent makes it anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gitopsd.core.summary import paths
from gitopsd.kube import yaml
from gitopsd.kube.body import Body, laid, with_annotations, without
from gitopsd.model.decision import Manifest, Wanted
from gitopsd.model.resource import ResourceKey

SECRET_FROM = "gitopsd.io/secret-from"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """One member's folder, kept while what it was asked is the same; None leaves a file alone."""

    wanted: Wanted
    files: Mapping[str, bytes | None]
    made: Mapping[ResourceKey, tuple[Manifest, str, bytes]]


def folders(wanted: Mapping[str, Wanted], before: Mapping[str, Folder]) -> Mapping[str, Folder]:
    """Every member's folder by name; a manifest that members share is written out once.

    What a guard or a broken file holds back stays in the folder as the branch has it.
    """
    shared: dict[Manifest, bytes] = {}
    found = {}
    for name, each in sorted(wanted.items()):
        last = before.get(name)
        if last is None or last.wanted is not each:
            last = _folder(each, last, shared)
        found[name] = last
    return found


def _folder(wanted: Wanted, last: Folder | None, shared: dict[Manifest, bytes]) -> Folder:
    old = last.made if last else {}
    made: dict[ResourceKey, tuple[Manifest, str, bytes]] = {}
    for key, manifest in wanted.manifests.items():
        same = old.get(key)
        if same is not None and same[0] is manifest:
            made[key] = same
            continue
        data = shared.get(manifest)
        if data is None:
            data = shared[manifest] = yaml.dump(body_of(manifest)).encode()
        made[key] = (manifest, paths.of_manifest(wanted.cluster, key), data)
    files: dict[str, bytes | None] = {
        paths.of_manifest(wanted.cluster, key): None for key in (*wanted.guarded, *wanted.kept)
    }
    files |= {path: data for _, path, data in made.values()}
    return Folder(wanted, dict(sorted(files.items())), made)


def body_of(manifest: Manifest) -> Body:
    """The manifest's body, with nothing in it that a Secret would hide."""
    if (manifest.key.group, manifest.key.kind) != ("", "Secret"):
        return manifest.body
    body = without(manifest.body, "metadata", "annotations", LAST_APPLIED)
    keys: set[str] = set()
    for field in ("data", "stringData"):
        held = body.get(field)
        if isinstance(held, Mapping):
            keys.update(str(key) for key in held)
        body = without(body, field)
    masked: dict[str, Any] = laid(body, dict.fromkeys(sorted(keys)), "data") if keys else dict(body)
    origin = manifest.origin
    return with_annotations(masked, {SECRET_FROM: f"{origin.path}#{origin.document}@{origin.blob}"})
