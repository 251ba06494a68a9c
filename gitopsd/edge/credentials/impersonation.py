"""Whom requests are made as: the headers of a kubeconfig user that acts as another.

Comes in: the user of a context. Goes out: headers, some of them several times. See
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from gitopsd.model.errors import ClusterError

Headers = tuple[tuple[str, str], ...]


def impersonation(user: Mapping[str, Any], member: str) -> Headers:
    """The headers that say who is meant; none where the user acts as nobody else.

    Raises ClusterError for what is no name, and for groups without a user.
    """
    groups, extra = user.get("as-groups") or (), user.get("as-user-extra") or {}
    found = [("Impersonate-User", user.get("as")), ("Impersonate-Uid", user.get("as-uid"))]
    found += [("Impersonate-Group", each) for each in (groups if _is_list(groups) else [groups])]
    for key, values in (extra if isinstance(extra, Mapping) else {"": extra}).items():
        name = f"Impersonate-Extra-{quote(str(key), safe='')}"
        found += [(name, each) for each in (values if _is_list(values) else [values])]
    headers = tuple((name, value) for name, value in found if value)
    if headers and not user.get("as"):
        raise ClusterError(member, "its kubeconfig names no user to act as", retry=False)
    if not all(isinstance(value, str) and value.isprintable() for _, value in headers):
        words = "its kubeconfig asks to act as what is no name"
        raise ClusterError(member, words, retry=False)
    return headers


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
