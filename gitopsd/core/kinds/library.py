"""The module `kube` that scripts of a repository may require, as Karmada offers it.

Comes in: what a script passes, numbers and tables as JSON has them. Goes out: what it gets back.
Each raises ValueError for arguments that Karmada refuses. See karmada-io/karmada
pkg/resourceinterpreter/customized/declarative/luavm/kube.go.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gitopsd.core.kinds.kind import Misread
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.core.kinds.tables import restored
from gitopsd.kube.quantity import canonical, nano

_NANO = 10**9


def resource_add(*quantities: Any) -> str:
    """The sum of quantities, nil counted as nothing, in the notation of the first."""
    amounts = [_quantity(each) for each in quantities]
    total = sum(nano(each) for each in amounts)
    first = next((each for each in amounts if nano(each)), "0")
    suffix = first.lstrip("+-.0123456789")
    if suffix.endswith("i") and total % _NANO == 0:
        return canonical(
            f"{total // _NANO // 1024}Ki" if total % (1024 * _NANO) == 0 else total // _NANO
        )
    return canonical(f"{total}n")


def get_resource_quantity(*given: Any) -> float:
    """A quantity as a number, nil as 0."""
    (quantity,) = _exactly(1, given)
    amount = nano(_quantity(quantity)) / _NANO
    if amount < 0:
        raise Misread(f"{quantity} is less than nothing")
    return amount


def accurate_pod_requirements(*given: Any) -> Any:
    """ReplicaRequirements of a pod template, nil for one that asks for nothing."""
    (template,) = _exactly(1, given)
    return msgspec.to_builtins(requirements(_template(template)))


def get_pod_dependencies(*given: Any) -> Any:
    """References of a pod template in a namespace, `default` for nil; nil where it has none."""
    template, namespace = _exactly(2, given)
    if isinstance(namespace, (int, float)) and not isinstance(namespace, bool):
        namespace = str(namespace)
    if namespace is not None and not isinstance(namespace, str):
        raise Misread("the namespace is no string")
    spec = _template(template).get("spec") or {}
    found = dependencies(spec, "default" if namespace is None else namespace)
    return [
        {
            "apiVersion": each.api_version,
            "kind": each.kind,
            "namespace": each.namespace,
            "name": each.name,
        }
        for each in found
    ] or None


KUBE: Mapping[str, Callable[..., Any]] = {
    "resourceAdd": resource_add,
    "accuratePodRequirements": accurate_pod_requirements,
    "getPodDependencies": get_pod_dependencies,
    "getResourceQuantity": get_resource_quantity,
}


def _exactly(count: int, given: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(given) != count:
        raise Misread(f"it takes {count} arguments, and got {len(given)}")
    return given


def _quantity(given: Any) -> str:
    if given is None:
        return "0"
    if not isinstance(given, str):
        raise Misread(f"{given!r} is no quantity; right would be a string such as 500m")
    return given


def _template(given: Any) -> Mapping[str, Any]:
    if given == []:
        return {}
    if not isinstance(given, Mapping):
        raise Misread("the pod template is no table")
    found: Mapping[str, Any] = restored(given)
    return found
