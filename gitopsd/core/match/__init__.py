"""Which policy claims which template.

Comes in: a template and the policies of the same commit. Goes out: the best policy, and why the
others that match did not win. A claim is a function of the commit: nothing of the past counts.
Karmada's order: karmada-io/karmada pkg/detector/policy.go, pkg/detector/compare.go.
"""

from gitopsd.core.match.choose import Choice, choose
from gitopsd.core.match.policies import Policies

__all__ = ["Choice", "Policies", "choose"]
