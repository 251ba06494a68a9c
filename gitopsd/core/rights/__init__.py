"""WHAT A DAEMON MUST BE ALLOWED on a member: exactly what its desired set needs, and no more.

Comes in: the objects of one member and how their kinds are called in paths. Goes out: `Right`s,
which `roles.py` makes into objects and a plan can ask the member for. Stands alone because nobody
should have to be cluster-admin.
"""

from gitopsd.core.rights.needed import Right, beside, looking, needed, own, resources_of
from gitopsd.core.rights.roles import Grant, namespaces, roles

__all__ = [
    "Grant",
    "Right",
    "beside",
    "looking",
    "namespaces",
    "needed",
    "own",
    "resources_of",
    "roles",
]
