"""`gitopsd interpret OPERATION`: what an object needs, names, reports or becomes, by files alone.

For people who write a ResourceInterpreterCustomization, and for those who wonder what gitopsd makes
of an object. Without an operation the scripts themselves are checked.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitopsd.cli import flags, inputs
from gitopsd.kube.body import Body
from gitopsd.model.errors import UsageError
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource

if TYPE_CHECKING:
    from gitopsd.core.kinds import Interpreter

NAME = "interpret"
HELP = "say what an object needs, names, reports or becomes, by our rules and your scripts"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "operation",
        metavar="OPERATION",
        nargs="?",
        default="",
        help=f"one of {', '.join(OPERATIONS)}; without one the customizations are checked",
    )
    parser.add_argument(
        "-f",
        "--customization",
        metavar="FILE",
        action="append",
        default=[],
        help="a file with ResourceInterpreterCustomizations; may be given again",
    )
    files = (
        flags.Flag("--desired", "the object as it is wanted", "FILE", read=flags.file),
        flags.Flag("--observed", "the object as a member has it", "FILE", read=flags.file),
        flags.Flag(
            "--status",
            "for AggregateStatus: a list of items with clusterName, status, applied, health, "
            "or a ResourceBinding that has them",
            "FILE",
            read=flags.file,
        ),
        flags.Flag("--replicas", "for ReviseReplica: how many", "N", read=_count),
        flags.Flag(
            "--output", "yaml or json", default="yaml", choices=("yaml", "json"), short="-o"
        ),
    )
    flags.add(parser, files)


def run(args: argparse.Namespace) -> int:
    from gitopsd.core.kinds import Misread
    from gitopsd.core.kinds.custom import interpreter, mistakes
    from gitopsd.core.kinds.library import KUBE
    from gitopsd.edge.lua import Lua

    operation = _operation(args)
    customizations, problems = inputs.read_customizations(args.customization)
    lua = Lua(KUBE)
    try:
        if problems or not operation:
            return _told([*problems, *mistakes(customizations, lua.interpret)], len(customizations))
        answer = OPERATIONS[operation](interpreter(customizations, lua.interpret), args)
    except Misread as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        lua.close()
    print(_shown(answer, args.output))
    return 0


def _operation(args: argparse.Namespace) -> str:
    """The operation by any of its names, empty for none."""
    if not args.operation:
        if not args.customization:
            raise UsageError(
                "OPERATION", f"not given, and no --customization; one of {', '.join(OPERATIONS)}"
            )
        return ""
    asked = args.operation.lower()
    names = {name.lower(): name for name in OPERATIONS} | _KARMADA
    if asked not in names:
        raise UsageError(args.operation, f"no operation; right would be {', '.join(OPERATIONS)}")
    return names[asked]


def _need(own: "Interpreter", args: argparse.Namespace) -> Any:
    import msgspec

    one = _object(args)
    need = own.need(one.body, one.key, one.version)
    return {"replicas": need.replicas, "requirements": msgspec.to_builtins(need.requirements)}


def _components(own: "Interpreter", args: argparse.Namespace) -> Any:
    import msgspec

    one = _object(args)
    return {"components": msgspec.to_builtins(own.components(one.body, one.key, one.version))}


def _revise(own: "Interpreter", args: argparse.Namespace) -> Any:
    one = _object(args)
    if args.replicas is None:
        raise UsageError("--replicas", "not given; ReviseReplica needs a number")
    return own.revise(one.body, one.key, one.version, args.replicas)


def _retain(own: "Interpreter", args: argparse.Namespace) -> Any:
    desired = inputs.read_object(_given(args, "desired"))
    observed = inputs.read_object(_given(args, "observed"))
    return own.retain(desired.body, observed.body, desired.key, desired.version)


def _aggregate(own: "Interpreter", args: argparse.Namespace) -> Any:
    from gitopsd.core.kinds.statuses import rfc3339
    from gitopsd.edge.clock import now

    items = tuple(inputs.read_items(_given(args, "status")))
    return own.aggregate(inputs.read_object(_given(args, "desired")), items, rfc3339(now()))


def _reflect(own: "Interpreter", args: argparse.Namespace) -> Any:
    one = _object(args)
    return {"status": own.reflect(one.body, one.key, one.version)}


def _health(own: "Interpreter", args: argparse.Namespace) -> Any:
    one = _object(args)
    return {"healthy": own.is_healthy(one.body, one.key, one.version)}


def _dependencies(own: "Interpreter", args: argparse.Namespace) -> Any:
    one = _object(args)
    found = own.dependencies(one.body, one.key, one.version)
    return {
        "dependencies": [
            {
                name: value
                for name, value in (
                    ("apiVersion", each.api_version),
                    ("kind", each.kind),
                    ("namespace", each.namespace),
                    ("name", each.name),
                    ("labelSelector", each.label_selector),
                )
                if value
            }
            for each in found
        ]
    }


OPERATIONS: Mapping[str, Callable[["Interpreter", argparse.Namespace], Any]] = {
    "GetReplicas": _need,
    "GetComponents": _components,
    "ReviseReplica": _revise,
    "Retain": _retain,
    "AggregateStatus": _aggregate,
    "ReflectStatus": _reflect,
    "InterpretHealth": _health,
    "GetDependencies": _dependencies,
}
# Karmada has other names for some, in its webhooks and its karmadactl.
_KARMADA = {
    "interpretreplica": "GetReplicas",
    "interpretcomponent": "GetComponents",
    "interpretstatus": "ReflectStatus",
    "interpretdependency": "GetDependencies",
}


def _object(args: argparse.Namespace) -> Resource:
    """The one object of an operation that needs one, by whichever flag it was given."""
    if (args.desired is None) is (args.observed is None):
        raise UsageError("--desired", "give the object, either by it or by --observed")
    return inputs.read_object(args.desired or args.observed)


def _given(args: argparse.Namespace, name: str) -> Path:
    path: Path | None = getattr(args, name)
    if path is None:
        raise UsageError(f"--{name}", f"not given; {args.operation} needs it")
    return path


def _told(problems: list[Problem], count: int) -> int:
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{count} customization{'' if count == 1 else 's'}: every script loads")
    return 1 if problems else 0


def _shown(answer: Body, form: str) -> str:
    from gitopsd.cli.printing import as_json, as_yaml

    return as_json(answer) if form == "json" else as_yaml(answer)


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else -1
    if not 0 <= number < 2**31:
        raise ValueError(f"{text!r} is no number of replicas")
    return number
