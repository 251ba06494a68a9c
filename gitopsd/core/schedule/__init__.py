"""Which clusters get a template, and with how many replicas.

Comes in: a request (what the template needs, its placement, what it has now) and the fleet. Goes
out: an assignment with a verdict on every cluster. `filters/` and `scores/` hold the rules, one
file each; `spread.py` and `groups.py` choose among what is left, `divide.py` hands out the
replicas, `capacity.py` knows the room; `options.py` names where we differ from Karmada.
Karmada's scheduler: karmada-io/karmada pkg/scheduler/core.
"""

from gitopsd.core.schedule.completions import split
from gitopsd.core.schedule.fleet import Fleet
from gitopsd.core.schedule.ladder import (
    applied_hash,
    applied_on,
    depends_on_room,
    is_divided,
    is_reschedule_due,
    settled,
    stay,
)
from gitopsd.core.schedule.options import GITOPSD, KARMADA, Options
from gitopsd.core.schedule.schedule import schedule
from gitopsd.core.schedule.verdicts import says_the_same

__all__ = [
    "GITOPSD",
    "KARMADA",
    "Fleet",
    "Options",
    "applied_hash",
    "applied_on",
    "depends_on_room",
    "is_divided",
    "is_reschedule_due",
    "says_the_same",
    "schedule",
    "settled",
    "split",
    "stay",
]
