"""Secrets with the logins of members, which a Cluster names in `spec.secretRef`.

Comes in: all objects of a commit. Goes out: a Token per Cluster, and what is wrong. Such a Secret
is no template: it goes to no member. It must be encrypted, for who reads a token has the cluster;
and it must say whose certificate the member has, for a commit says where the token is sent.
"""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gitopsd.core.load.parsed import Parsed, Sort
from gitopsd.kube.body import dig
from gitopsd.model.cluster import Cluster
from gitopsd.model.problem import Problem, id_of
from gitopsd.model.resource import ResourceKey
from gitopsd.model.token import Token

_TOKEN, _AUTHORITY = "token", "caBundle"


@dataclass(frozen=True, slots=True)
class Tokens:
    """By the name of the Cluster; `keys` are the Secrets that are meant, good or not."""

    found: Mapping[str, Token] = field(default_factory=dict)
    keys: frozenset[ResourceKey] = frozenset()
    problems: tuple[Problem, ...] = ()


def tokens(objects: Iterable[Parsed]) -> Tokens:
    """The logins that stand in these objects; a Cluster may name a Secret that is elsewhere."""
    listed = tuple(objects)
    clusters: tuple[Cluster, ...] = tuple(
        each.value for each in listed if each.sort is Sort.CLUSTER and each.value.secret_ref
    )
    if not clusters:
        return _NONE
    secrets = {each.key: each for each in listed if each.sort is Sort.TEMPLATE}
    found: dict[str, Token] = {}
    problems: list[Problem] = []
    keys: set[ResourceKey] = set()
    for cluster in clusters:
        assert cluster.secret_ref is not None
        key = ResourceKey("", "Secret", *cluster.secret_ref)
        if key not in secrets:
            continue
        keys.add(key)
        made = _token(secrets[key], cluster.name)
        if isinstance(made, Problem):
            problems.append(made)
        elif made is not None:
            found[cluster.name] = made
    return Tokens(found, frozenset(keys), tuple(problems))


_NONE = Tokens()


def _token(secret: Parsed, cluster: str) -> Token | Problem | None:
    """The login; None where it is encrypted, and there is no key."""
    if secret.hidden.is_sealed and secret.hidden.pointers:
        return None
    if not (_is_hidden(secret, _TOKEN) and _is_hidden(secret, _AUTHORITY)):
        words = (
            f"is to log in to cluster {cluster}; encrypt its {_TOKEN} and {_AUTHORITY} with SOPS"
        )
        return _problem(secret, words)
    token, authority = (_text(secret, name).strip() for name in (_TOKEN, _AUTHORITY))
    if not token or not authority:
        words = f"is to log in to cluster {cluster}; its {_TOKEN} or {_AUTHORITY} is no text"
        return _problem(secret, words)
    return Token(token, authority.encode(), secret.key, secret.resource.origin)


def _is_hidden(secret: Parsed, name: str) -> bool:
    return any(f"/{part}/{name}" in secret.hidden.pointers for part in ("data", "stringData"))


def _text(secret: Parsed, name: str) -> str:
    """The value of a key, empty for none, and for what is no text."""
    body = secret.resource.body
    written: str = dig(body, "stringData", name, default="")
    if written:
        return written
    try:
        return b64decode(dig(body, "data", name, default="")).decode()
    except ValueError:
        return ""


def _problem(secret: Parsed, words: str) -> Problem:
    origin = secret.resource.origin
    key = id_of(secret.key)
    return Problem(origin.path, origin.line, secret.base, words, "Credentials", key=key)
