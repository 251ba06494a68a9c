"""`gitopsd explain KIND/NAME`: why a thing is where it is, and what became of it there."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from gitopsd.cli import flags, settings
from gitopsd.kube.body import Body, dig
from gitopsd.model.errors import UsageError

if TYPE_CHECKING:
    from gitopsd.model.page import Trouble

NAME = "explain"
HELP = "say which policy, rules and overrides put an object where it is"
FOLDERS = ("bindings/",)

Files = Mapping[str, bytes]

# kubectl's short names.
_SHORT = {
    "cm": "configmap",
    "crd": "customresourcedefinition",
    "deploy": "deployment",
    "ds": "daemonset",
    "hpa": "horizontalpodautoscaler",
    "ing": "ingress",
    "ns": "namespace",
    "pdb": "poddisruptionbudget",
    "pv": "persistentvolume",
    "pvc": "persistentvolumeclaim",
    "rs": "replicaset",
    "sa": "serviceaccount",
    "sts": "statefulset",
    "svc": "service",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("object", metavar="KIND/NAME", help="such as deployment/web")
    flags.add_namespace(parser)
    parser.add_argument("-o", "--output", default="", choices=("json", "yaml"), help="another form")
    flags.add(parser, flags.SOURCE)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import branch, printing

    kind, _, name = args.object.partition("/")
    if not kind or not name:
        raise UsageError(args.object, "names no object; right would be KIND/NAME: deployment/web")
    files = branch.files(settings.config(args), FOLDERS)
    found = find(files, kind, name, args.namespace)
    if not found:
        print("\n".join(_nothing(files, args.object, args.namespace)))
        return 1
    if args.output:
        print(printing.listed(found, args.output))
    else:
        print("\n\n".join(text(body, files) for body in found))
    return 0


def find(files: Files, kind: str, name: str, namespace: str) -> Sequence[Body]:
    """The bindings of this kind and name: in this namespace, or of a cluster-scoped object."""
    from gitopsd.core.summary import read_bindings

    return [
        body
        for body in read_bindings(files)
        if dig(body, "spec", "resource", "name") == name
        and _is_kind(dig(body, "spec", "resource", default={}), kind.lower())
        and dig(body, "spec", "resource", "namespace", default=namespace) == namespace
    ]


def text(body: Body, files: Files) -> str:
    """All of the decision on one object, in the order it was made, and its outcome."""
    from gitopsd.cli import printing

    parts = ["\n".join(_head(body, files))]
    if verdicts := list(_verdicts(body)):
        header = ("CLUSTER", "RESULT", "REPLICAS", "SCORE", "RULE", "REASON")
        parts.append(printing.table(header, verdicts))
    if overrides := list(_overrides(body)):
        parts.append("\n".join(["Overrides, in the order they are applied:", *overrides]))
    if members := list(_members(body)):
        header = ("CLUSTER", "READY", "STATE", "HEALTH", "REASON", "MESSAGE")
        parts.append(printing.table(header, members))
    return "\n\n".join(parts)


def _head(body: Body, files: Files) -> Iterable[str]:
    resource, decision = dig(body, "spec", "resource", default={}), body.get("decision") or {}
    where = "/".join(part for part in (resource.get("namespace"), resource.get("name")) if part)
    yield f"{resource.get('kind')} {where}  ({decision.get('source', 'unknown source')})"
    if "policy" in decision:
        yield f"Claimed by {_policy(decision['policy'])}"
    elif drawing := dig(body, "spec", "requiredBy", default=()):
        names = ", ".join(_drawn(each) for each in drawing)
        yield f"Claimed by no policy of its own; needed by {names}"
    else:
        yield "Claimed by no policy"
    claimed = dig(decision, "policy", "name", default="")
    for other in decision.get("otherPolicies") or ():
        yield f"Not by {_policy(other)}: {other.get('reason')}"
    for name, trouble in _wrong_policies(files, resource.get("namespace", "")):
        if name == claimed:
            yield f"That policy is {_wrong(trouble)}; as it was read last it holds"
        else:
            yield f"Not by {name}: {_wrong(trouble)}, so nothing is known of what it selects"
    if affinity := dig(body, "status", "schedulerObservingAffinityName"):
        yield f"Affinity group {affinity}"
    for group in decision.get("passedGroups") or ():
        yield f"Not group {group.get('name')}: {group.get('reason')}"
    if "reason" in decision or "message" in decision:
        said = (decision.get("reason"), decision.get("message"))
        yield "Scheduling: " + ": ".join(part for part in said if part)
    for problem in decision.get("problems") or ():
        yield f"Problem: {problem}"


def _wrong_policies(files: Files, namespace: str) -> "Iterable[tuple[str, Trouble]]":
    """Policies that might mean an object of this namespace, with the first that is wrong of each.

    A policy that cannot be read claims nothing new.
    """
    from gitopsd.core.summary import read_problems
    from gitopsd.model.problem import Severity

    found: dict[str, Trouble] = {}
    for trouble in read_problems(files):
        group, _, rest = trouble.object.partition("/")
        kind, _, place = rest.partition("/")
        space, _, name = place.partition("/")
        if group != "policy.karmada.io" or trouble.severity is not Severity.ERROR:
            continue
        if kind == "ClusterPropagationPolicy":
            found.setdefault(f"{kind} {name}", trouble)
        elif kind == "PropagationPolicy" and space == namespace:
            found.setdefault(f"{kind} {space}/{name}", trouble)
    return found.items()


def _wrong(trouble: "Trouble") -> str:
    return f"wrong in the repository ({trouble.where}: {trouble.message})"


def _policy(named: Body) -> str:
    return f"{named.get('name')} ({named['source']})" if "source" in named else f"{named['name']}"


def _drawn(binding: Body) -> str:
    where = "/".join(part for part in (binding.get("namespace"), binding.get("name")) if part)
    return f"{where} on {', '.join(each['name'] for each in binding.get('clusters') or ())}"


def _verdicts(body: Body) -> Iterable[Sequence[str]]:
    for line in dig(body, "decision", "verdicts", default=()):
        rule, reason = line.get("stage", ""), line.get("reason", "")
        if "cluster" in line:
            replicas, score = str(line.get("replicas", "-")), str(line.get("score", 0))
            yield (line["cluster"], "let in", replicas, score, rule, reason or "-")
        for name in line.get("refused") or ():
            yield (name, "kept out", "-", "-", rule, reason)


def _overrides(body: Body) -> Iterable[str]:
    for group in dig(body, "decision", "overrides", default=()):
        yield f"  {', '.join(group.get('clusters') or ())}"
        for rule in group.get("applied") or ():
            yield f"    {rule}"


def _members(body: Body) -> Iterable[Sequence[str]]:
    for line in body.get("members") or ():
        ready = f"{line['ready']}/{line['wanted']}" if "wanted" in line else "-"
        message = line.get("message") or line.get("note") or "-"
        health, reason = line.get("health", "-"), line.get("reason", "-")
        yield (line["cluster"], ready, line.get("state", "-"), health, reason, message)


def full(kind: str) -> str:
    """A kind in lower case, where kubectl's short name of it was given."""
    return _SHORT.get(kind, kind)


def _is_kind(resource: Body, asked: str) -> bool:
    asked = full(asked)
    kind = str(resource.get("kind", "")).lower()
    group = str(resource.get("apiVersion", "")).rpartition("/")[0]
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"
    plural = f"{kind}es" if kind.endswith("s") else plural
    names = {kind, plural}
    return asked in names | {f"{name}.{group}" for name in names}


def _nothing(files: Files, asked: str, namespace: str) -> Iterable[str]:
    from gitopsd.core.summary import read_problems

    yield f"Nothing was decided on {asked} in namespace {namespace}."
    name = asked.partition("/")[2]
    for trouble in read_problems(files):
        if trouble.object.endswith(f"/{name}"):
            yield f"{trouble.severity.value}: {trouble.where}: {trouble.message}"
    for policy, trouble in _wrong_policies(files, namespace):
        yield f"Not by {policy}: {_wrong(trouble)}, so nothing is known of what it selects"
