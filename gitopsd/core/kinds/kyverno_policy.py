"""Policy of Kyverno: what is allowed in a namespace."""

from gitopsd.core.kinds.kyverno import policy

KIND = policy("Policy")
