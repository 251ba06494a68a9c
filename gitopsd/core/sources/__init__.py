"""WHICH FILES COUNT: of all paths of a tree those that hold objects, and what stands in the way.

Comes in: the tree and a way to read a blob (of links, ignore files and kustomizations only). Goes
out: `Files`, the paths to parse with their blobs, and Problems. One file per rule: names that no
repository should have, links, ignore files, folders that are rendered and not read.
"""

from gitopsd.core.sources.files import LIMITS, Files, Limits, usable

__all__ = ["LIMITS", "Files", "Limits", "usable"]
