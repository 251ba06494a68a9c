"""What kinds of Flux and Kyverno have in common: conditions, suspension, Secrets they name."""

from collections.abc import Callable, Mapping
from typing import Any

from gitopsd.core.kinds.custom_workload import collected, last_of, observed
from gitopsd.core.kinds.kind import Dependency, Items, Misread, mappings, namespace
from gitopsd.core.kinds.statuses import with_status
from gitopsd.kube.body import Body, dig, laid


def is_ready_by(*reasons: str) -> Callable[[Body], bool]:
    """Healthy is what is Ready for one of these reasons."""

    def is_healthy(body: Body) -> bool:
        return any(
            each.get("type") == "Ready"
            and each.get("status") == "True"
            and each.get("reason") in reasons
            for each in mappings(body, "status", "conditions")
        )

    return is_healthy


def retain_suspend(desired: Body, observed: Body) -> Body:
    """The member stays suspended, or not, as it is."""
    suspend = dig(observed, "spec", "suspend")
    return desired if suspend is None else laid(desired, suspend, "spec", "suspend")


def merged_conditions(items: Items) -> list[Mapping[str, Any]]:
    """Conditions by type, status and reason, with what each cluster says in one message."""
    merged: dict[tuple[Any, ...], dict[str, Any]] = {}
    for item in items or ():
        for condition in mappings(item.status or {}, "conditions"):
            if not isinstance(condition.get("message"), str):
                raise Misread("a condition has no message")
            message = f"{item.cluster}={condition['message']}"
            key = tuple(condition.get(name) for name in ("type", "status", "reason"))
            if key in merged:
                merged[key]["message"] += f", {message}"
            else:
                merged[key] = {**condition, "message": message}
    return list(merged.values())


def aggregate_of(latest: Mapping[str, Any]) -> Callable[[Body, Items, str], Body]:
    """Of `latest` fields the last member that says something is believed; conditions are merged."""

    def aggregate(body: Body, items: Items, now: str) -> Body:
        statuses = collected(items)
        status = {
            **(body.get("status") or {}),
            **{name: last_of(statuses, name, default) for name, default in latest.items()},
            "conditions": merged_conditions(items),
            "observedGeneration": observed(body, items),
        }
        return with_status(body, status)

    return aggregate


def named(kind: str, body: Body, *paths: tuple[str, ...]) -> tuple[Dependency, ...]:
    """Objects of the body's namespace that stand by name at these places, each once."""
    names = {dig(body, *path, default="") for path in paths} - {""}
    return tuple(Dependency("v1", kind, namespace(body), name) for name in sorted(names))


def secrets_at(*paths: tuple[str, ...]) -> Callable[[Body], tuple[Dependency, ...]]:
    """The Secrets that a spec names at these places."""
    places = tuple(("spec", *path, "name") for path in paths)

    def found(body: Body) -> tuple[Dependency, ...]:
        return named("Secret", body, *places)

    return found
