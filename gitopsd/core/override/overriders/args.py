"""`argsOverrider`: the arguments of containers, by name."""

from gitopsd.core.override.commandline import changed
from gitopsd.kube.body import Body
from gitopsd.model.policy import Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all argument overriders of the rule; the very same where nothing changes."""
    for number, overrider in enumerate(rule.args_overrider or ()):
        body = changed(body, "args", overrider, f"/argsOverrider/{number}")
    return body
