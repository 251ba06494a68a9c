"""`labelsOverrider`: labels of the object itself, not of its pods."""

from gitopsd.core.override.marks import changed
from gitopsd.kube.body import Body
from gitopsd.model.policy import Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all label overriders of the rule; the very same where nothing changes."""
    for overrider in rule.labels_overrider or ():
        body = changed(body, "labels", overrider)
    return body
