"""What the policies of Kyverno have in common, in a namespace or not."""

from gitopsd.core.kinds.custom_workload import collected, fields_of
from gitopsd.core.kinds.flux import is_ready_by, merged_conditions
from gitopsd.core.kinds.kind import Items, Kind, Misread, integer
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig

_RULES = ("validate", "generate", "mutate", "verifyimages")
_is_ready = is_ready_by("Succeeded")


def is_healthy(body: Body) -> bool:
    """`status.ready` says so; where it says nothing, the condition Ready."""
    ready = dig(body, "status", "ready")
    if ready is None:
        return _is_ready(body)
    if not isinstance(ready, bool):
        raise Misread(f"status.ready is {ready!r}; right would be true or false")
    return ready


def aggregate(body: Body, items: Items, now: str) -> Body:
    """Rules are counted, conditions merged; the last member that says so is ready or not."""
    if items is None:
        return body
    statuses = collected(items)
    counts = [each["rulecount"] for each in statuses if each.get("rulecount") is not None]
    said = {
        name: [each[name] for each in statuses if each.get(name) is not None]
        for name in ("autogen", "ready")
    }
    status = {
        **{name: values[-1] for name, values in said.items() if values},
        "rulecount": {name: sum(integer(each, name) for each in counts) for name in _RULES},
        "conditions": merged_conditions(items),
    }
    return with_status(body, status)


def policy(name: str) -> Kind:
    """The Kind of a policy of this name."""
    return Kind(
        group="kyverno.io",
        version="v1",
        name=name,
        reflect=fields_of("ready", "conditions", "autogen", "rulecount"),
        aggregate=aggregate,
        is_healthy=is_healthy,
    )
