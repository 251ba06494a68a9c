"""Which clusters a template must not go to: one file per rule, in the order reasons are given.

To add one: a file with `FILTER`, and its line in `FILTERS`.
"""

from gitopsd.core.schedule.filters import affinity, api, eviction, taint, topology

FILTERS = (affinity.FILTER, topology.FILTER, taint.FILTER, api.FILTER, eviction.FILTER)
