"""Where a thing stands on a branch: names that every file system and reader takes.

`bindings/shop/deployment.apps-web.yaml`: folder, namespace (`_cluster` for none), kind in lower
case with its group, name. Anything but letters, digits, dot, dash and underscore is percent
encoded, a colon as `%3A`; what would be too long for a file system ends in a hash instead.
"""

import hashlib
from urllib.parse import quote, unquote

from gitopsd.model.resource import ResourceKey

README = "README.md"
STATUS = "status.yaml"
PROBLEMS = "problems.yaml"
CLUSTERS = "clusters/"
BINDINGS = "bindings/"
MEMORY = "memory/"
APPROVALS = "approvals/"
PLANS = "plans/"
GATING = "memory/_gating.json"
CLUSTER_SCOPE = "_cluster"
# What memory is read from; the rest is for people and programs.
REMEMBERED = (STATUS, CLUSTERS, MEMORY, APPROVALS)

_LONGEST = 250
_HASHED = 12


def of_cluster(name: str) -> str:
    return f"{CLUSTERS}{_safe(name)}.yaml"


def of_binding(key: ResourceKey) -> str:
    return f"{BINDINGS}{of_object(key)}"


def of_manifest(cluster: str, key: ResourceKey) -> str:
    return f"{_safe(cluster)}/{of_object(key)}"


def of_object(key: ResourceKey) -> str:
    """Where an object stands in a cluster's folder, and in that of bindings."""
    return f"{_folder(key.namespace)}/{_file(key)}"


def cluster_of(folder: str) -> str:
    """The cluster whose manifests a folder holds."""
    return unquote(folder)


def of_approval(name: str) -> str:
    return f"{APPROVALS}{_safe(name)}.yaml"


def of_plan(pull: int) -> str:
    return f"{PLANS}{pull}.md"


def of_memory(namespace: str) -> str:
    return f"{MEMORY}{_folder(namespace)}.json"


def _folder(namespace: str) -> str:
    return _safe(namespace) if namespace else CLUSTER_SCOPE


def _file(key: ResourceKey) -> str:
    kind = key.kind.lower()
    stem = f"{kind}.{key.group}-{key.name}" if key.group else f"{kind}-{key.name}"
    safe = _safe(stem)
    if len(safe) > _LONGEST - len(".yaml"):
        digest = hashlib.sha256(stem.encode()).hexdigest()[:_HASHED]
        safe = f"{safe[: _LONGEST - len('.yaml') - _HASHED - 1]}-{digest}"
    return f"{safe}.yaml"


def _safe(text: str) -> str:
    return quote(text, safe="").replace("~", "%7E")
