"""What kinds of Ray have in common: a head and groups of workers, each with a pod template."""

from collections.abc import Iterator

from gitopsd.core.kinds.kind import Dependency, integer, mappings, namespace, text
from gitopsd.core.kinds.pods import dependencies, requirements
from gitopsd.kube.body import Body, dig
from gitopsd.model.decision import Component


def components_of(cluster: Body) -> tuple[Component, ...]:
    """The head, always one, and each group of workers by name or number."""
    return tuple(_components(cluster))


def dependencies_of(specs: list[Body], body: Body) -> tuple[Dependency, ...]:
    """What these pod specs name in the body's namespace, each once."""
    found = {each for spec in specs for each in dependencies(spec, namespace(body))}
    return tuple(sorted(found, key=lambda each: (each.kind, each.name)))


def pod_specs(cluster: Body) -> list[Body]:
    """Pod specs of the head and of all groups."""
    groups = (dig(cluster, "headGroupSpec", default={}), *mappings(cluster, "workerGroupSpecs"))
    found = (dig(group, "template", "spec") for group in groups)
    return [spec for spec in found if spec is not None]


def _components(cluster: Body) -> Iterator[Component]:
    head = dig(cluster, "headGroupSpec", "template")
    if head is not None:
        yield Component("ray-head", 1, requirements(head))
    for number, group in enumerate(mappings(cluster, "workerGroupSpecs"), 1):
        template = group.get("template")
        asked = None if template is None else requirements(template)
        name = text(group, "groupName") or f"worker-{number}"
        yield Component(name, integer(group, "replicas"), asked)
