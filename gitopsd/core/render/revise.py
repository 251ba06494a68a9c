"""The share of a cluster in the body: replicas, and the completions of a Job.

Comes in: a template's body and what one cluster is to run of it. Goes out: the body with these
numbers. What completions each cluster gets is divided elsewhere, with the scheduler's dispenser.
"""

from gitopsd.core.kinds import Interpreter
from gitopsd.core.kinds.job import COMPLETIONS
from gitopsd.core.kinds.kind import integer, with_field
from gitopsd.core.render.options import Options
from gitopsd.kube.body import Body, dig
from gitopsd.model.resource import Resource

_JOB = "Job"


def revised(
    template: Resource, share: tuple[int, int | None], options: Options, kinds: Interpreter
) -> Body:
    """The template's body with this share, the very same where it says so already.

    A share is replicas and completions; None leaves completions as they are. Raises Misread where
    something other than a whole number stands.
    """
    replicas, completions = share
    key, version = template.key, template.version
    if options.fills_defaults:
        body = kinds.revise(template.body, key, version, replicas)
    else:
        kind = kinds.kind_of(key.group, version, key.kind)
        body = kind.revise(template.body, replicas) if kind and kind.revise else template.body
    return body if completions is None else with_field(body, completions, *COMPLETIONS)


def completions_of(template: Resource) -> int | None:
    """The completions of a Job of any group, to be divided over its clusters.

    None for any other kind, and for a Job that says none (a work queue). Raises Misread where
    something other than a whole number stands.
    """
    if template.key.kind != _JOB or dig(template.body, *COMPLETIONS) is None:
        return None
    return integer(template.body, *COMPLETIONS)
