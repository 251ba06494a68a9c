"""HOW AN OBJECT IS WRITTEN where a server knows no server-side apply, as some aggregated ones.

Comes in: the body to apply. Goes out: requests that are older, and the answer as if it had been
applied, with a word on it. Lists are replaced as a whole; a field that is dropped from the
repository stays, for nobody keeps who wrote it.
"""

from gitopsd.edge.member import Member
from gitopsd.kube import patch
from gitopsd.kube.body import Body, dig, laid
from gitopsd.kube.wire import encode
from gitopsd.model.api import Applied, Served
from gitopsd.model.errors import NotThere, ObjectError

_MERGE_PATCH = "application/merge-patch+json"
_UNSUPPORTED = 415
_WORDS = (
    "applyMode: fallback: the server knows no server-side apply, so fields that are dropped from "
    "the repository stay"
)


async def applied(member: Member, path: str, body: Body, served: Served) -> Applied:
    """The body applied, in the older way where the server knows no other."""
    if served.verbs and "patch" not in served.verbs:
        return await _written(member, path, body, served)
    try:
        return await member.apply(path, encode(body))
    except ObjectError as error:
        if error.status != _UNSUPPORTED:
            raise
    return await _written(member, path, body, served)


async def _written(member: Member, path: str, body: Body, served: Served) -> Applied:
    """Made where it is missing, changed where it differs; nothing is sent where it does not.

    Raises Conflict where the object changes meanwhile or another uid is meant.
    """
    try:
        live = await member.get(path)
    except NotThere:
        made = await member.create(path.rpartition("/")[0], encode(body))
        return Applied(made, True, (_WORDS,))
    merged = patch.merge(live, body)
    if merged == live:
        return Applied(live, False, (_WORDS,))
    if "patch" in served.verbs:
        changed = await member.patch(path, encode(body), _MERGE_PATCH)
    else:
        version = dig(live, "metadata", "resourceVersion", default="")
        changed = await member.replace(
            path, encode(laid(merged, version, "metadata", "resourceVersion"))
        )
    return Applied(changed, False, (_WORDS,))
