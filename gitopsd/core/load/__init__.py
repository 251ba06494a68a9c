"""BYTES TO OBJECTS: what a tree says, as typed values and Problems.

Comes in: a tree, a way to read a blob, and what was parsed before. Goes out: `Loaded` and the
cache for the next commit. `file.py` reads one file and knows nothing of others, so that files may
be parsed anywhere and kept by path and blob; `loading.py` puts them together. No bytes make it
raise: a mistake is a Problem that names file, line and field, and holds no more than it must.
To add a kind of ours: its line in `roles.py`, what its admission does beside `clusters.py`.
"""

from gitopsd.core.load.file import read_file
from gitopsd.core.load.loading import LoadCache, Means, filled, in_clear, load, pending
from gitopsd.core.load.parsed import ParsedFile
from gitopsd.core.load.policies import admitted_placement, admitted_propagation

__all__ = [
    "LoadCache",
    "Means",
    "ParsedFile",
    "admitted_placement",
    "admitted_propagation",
    "filled",
    "in_clear",
    "load",
    "pending",
    "read_file",
]
