"""Which clusters get a template, and with how many replicas.

Comes in: a request (what the template needs, its placement, what it has now) and the fleet. Goes
out: an assignment with a verdict on every cluster. `filters/` and `scores/` hold the rules, one
file each; `spread.py` and `groups.py` choose among what is left, `divide.py` hands out the
replicas, `capacity.py` knows the room; `options.py` names where we differ from Karmada.
Karmada's scheduler: karmada-io/karmada pkg/scheduler/core.
"""

from gitopsd.core.schedule.completions import split
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.ladder import applied_hash, is_reschedule_due, settled
from gitopsd.core.schedule.options import GITOPSD, KARMADA, Options
from gitopsd.core.schedule.schedule import schedule

__all__ = [
    "GITOPSD",
    "KARMADA",
    "Fleet",
    "Options",
    "applied_hash",
    "is_reschedule_due",
    "schedule",
    "settled",
    "split",
]
