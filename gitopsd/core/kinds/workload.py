"""What kinds with a pod template and a count of pods have in common.

Builds the functions of `Kind` from where the template and the count stand, so that the file of
such a kind is data alone.
"""

from collections.abc import Callable

from gitopsd.core.kinds.kind import Dependency, integer, namespace, with_field
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.kube.body import Body, dig, laid
from gitopsd.model.decision import Need


def need_of(count: tuple[str, ...], template: tuple[str, ...]) -> Callable[[Body], Need]:
    """Replicas as written (0 where they are not) and requirements of the pod template."""

    def need(body: Body) -> Need:
        asked = requirements(dig(body, *template, default={}))
        return Need(integer(body, *count), asked, is_scalable=True)

    return need


def revise_of(count: tuple[str, ...]) -> Callable[[Body, int], Body]:
    """The count replaced where it is written."""

    def revise(body: Body, replicas: int) -> Body:
        return with_field(body, replicas, *count)

    return revise


def dependencies_of(template: tuple[str, ...]) -> Callable[[Body], tuple[Dependency, ...]]:
    """What the pod template names."""

    def found(body: Body) -> tuple[Dependency, ...]:
        return dependencies(dig(body, *template, "spec", default={}), namespace(body))

    return found


def one_of(*path: str) -> Callable[[Body], Body]:
    """The body with 1 where an API server would write it: at a count that is absent."""

    def filled(body: Body) -> Body:
        return body if dig(body, *path) is not None else laid(body, 1, *path)

    return filled
