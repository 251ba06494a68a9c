"""Simulated members: a Kubernetes API served from memory, with controllers small enough to watch.

`member` is the door (`SimulatedMember`, `write_kubeconfig`); `store` keeps objects; `controllers`
runs what makes workloads ready: `workloads`, `nodes`, `collector`, `claims`; `faults` breaks things
on request.
"""

from gitopsd.sim.member import SimulatedMember, write_kubeconfig

__all__ = ["SimulatedMember", "write_kubeconfig"]
