"""Lua scripts of a repository, run where they can do no harm.

Comes in: a script, the function to call and its arguments. Goes out: what it returns, or why it
cannot be had; never an exception. `sandbox.lua` is what a script sees, `process.py` the process
that runs it, `scripts.py` this side of it.
"""

from gitopsd.edge.lua.scripts import Lua

__all__ = ["Lua"]
