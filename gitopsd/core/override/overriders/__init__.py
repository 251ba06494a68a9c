"""The ways to change an object, one file each with `apply(body, rule)`.

`OVERRIDERS` has them in the order of application: each sees what those before it made. To add one:
a file with `apply`, and its line here.
"""

from collections.abc import Callable

from gitopsd.core.override.overriders.annotations import apply as annotations
from gitopsd.core.override.overriders.args import apply as args
from gitopsd.core.override.overriders.command import apply as command
from gitopsd.core.override.overriders.field import apply as field
from gitopsd.core.override.overriders.image import apply as image
from gitopsd.core.override.overriders.labels import apply as labels
from gitopsd.core.override.overriders.plaintext import apply as plaintext
from gitopsd.kube.body import Body
from gitopsd.model.policy import Overriders

OVERRIDERS: tuple[Callable[[Body, Overriders], Body], ...] = (
    image,
    command,
    args,
    labels,
    annotations,
    field,
    plaintext,
)
