"""ClusterPolicy of Kyverno: what is allowed in the cluster."""

from gitopsd.core.kinds.kyverno import policy

KIND = policy("ClusterPolicy")
