"""GIT: the repository that is followed, and branches of ours that are pushed to it.

`remote.py` is the door: poll, tree, read, push. Behind it a repository is either a folder of this
machine (`local.py`) or behind a server (`network.py`, with `access.py` and `folders.py`).
`clone.py` reads the clone that one stands in, `origin.py` tells whose it is.
`trees.py`, `branch.py`, `listing.py` and `history.py` are rules over what was read. The library
blocks, so everything of it runs in threads of the remote's own.
"""

from gitopsd.edge.git.access import Access
from gitopsd.edge.git.address import Address, address
from gitopsd.edge.git.branch import Restoration
from gitopsd.edge.git.clone import Clone
from gitopsd.edge.git.history import Entry, Trace
from gitopsd.edge.git.origin import is_same, origin, top
from gitopsd.edge.git.remote import Remote

__all__ = [
    "Access",
    "Address",
    "Clone",
    "Entry",
    "Remote",
    "Restoration",
    "Trace",
    "address",
    "is_same",
    "origin",
    "top",
]
