"""What an API server knows of one kind; a new kind gives its own `Rule` a line in `RULES`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gitopsd.apiserver.errors import Cause
from gitopsd.kube.body import Body

Change = Callable[[Body], Body]
Check = Callable[[Body], Iterable[Cause]]
CheckUpdate = Callable[[Body, Body], Iterable[Cause]]


def same(body: Body) -> Body:
    """The body as it is."""
    return body


def nothing(_: Body) -> Iterable[Cause]:
    """No complaint."""
    return ()


def nothing_to_compare(_: Body, __: Body) -> Iterable[Cause]:
    """No complaint."""
    return ()


def newer(_: Body, new: Body) -> Body:
    """The new body as it is."""
    return new


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind. All functions give new bodies.

    `default` fills in what every stored object has; `create` and `update` (old, new) settle what
    a client may not; `validate` and `validate_update` (old, new) name what is wrong.
    """

    default: Change = same
    create: Change = same
    update: Callable[[Body, Body], Body] = newer
    validate: Check = nothing
    validate_update: CheckUpdate = nothing_to_compare
    has_generation: bool = False
    creates_on_update: bool = False


def default_fields(body: Body, **defaults: object) -> Body:
    """The body with these where it has none, which go behind what it has."""
    missing = {name: value for name, value in defaults.items() if body.get(name) is None}
    return {**body, **missing} if missing else body


def with_status(body: Body, status: Body) -> Body:
    """The body with exactly this status."""
    return {**body, "status": status}
