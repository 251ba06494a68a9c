"""Approvals that were given at the git host, as files of the status branch.

Each is the object that might have been committed instead, with who gave it as an annotation.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from gitopsd.core.summary import paths
from gitopsd.kube import yaml
from gitopsd.kube.body import Body, dig
from gitopsd.model.gating import Approval

APPROVED_BY = "gitopsd.io/approved-by"


def files(approvals: Iterable[Approval]) -> Mapping[str, bytes]:
    """A file for each, by path."""
    return {paths.of_approval(each.name): _file(each) for each in approvals}


def read(bodies: Iterable[Body]) -> tuple[Approval, ...]:
    """The approvals that such files hold; what is not of their form is passed over."""
    found = []
    for body in bodies:
        try:
            expires = msgspec.convert(dig(body, "spec", "expires"), datetime | None)
            covers = msgspec.convert(dig(body, "spec", "covers", default=[]), frozenset[str])
        except msgspec.ValidationError:
            continue
        by = dig(body, "metadata", "annotations", APPROVED_BY, default="")
        found.append(Approval(dig(body, "metadata", "name", default=""), covers, expires, by))
    return tuple(found)


def _file(approval: Approval) -> bytes:
    body = {
        "apiVersion": "gitopsd.io/v1alpha1",
        "kind": "Approval",
        "metadata": {
            "annotations": {APPROVED_BY: approval.by},
            "name": approval.name,
        },
        "spec": {
            "covers": sorted(approval.covers),
            **({"expires": approval.expires.isoformat()} if approval.expires else {}),
        },
    }
    return yaml.dump(body).encode()
