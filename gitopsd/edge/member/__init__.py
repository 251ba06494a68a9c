"""A MEMBER: the Kubernetes API of one cluster.

`member.py` is the door: one method for each thing asked of it. `transport.py` sends and receives,
`bucket.py` says how often, `listing.py` follows pages, `watching.py` follows events,
`discovering.py` learns what is served. `reading.py` takes answers for what they are, `refusals.py`
and `failures.py` say in our words what went wrong: nothing of the library leaves this folder.
"""

from gitopsd.edge.member.member import Member
from gitopsd.edge.member.watching import ends_initial

__all__ = ["Member", "ends_initial"]
