"""`annotationsOverrider`: annotations of the object itself, not of its pods."""

from gitopsd.core.override.marks import changed
from gitopsd.kube.body import Body
from gitopsd.model.policy import Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all annotation overriders of the rule; the very same if nothing changes."""
    for overrider in rule.annotations_overrider or ():
        body = changed(body, "annotations", overrider)
    return body
