"""A program without a network: it can open no socket.

Comes in: nothing. Goes out: what to put before a command. Linux alone has such a thing; elsewhere
it is nothing, and whoever runs something must do without.
"""

import logging
import subprocess
import sys
from functools import cache

from gitopsd.edge import socketless
from gitopsd.edge.program import where

_PROBE_S = 10.0

_log = logging.getLogger(__name__)


@cache
def apart() -> tuple[str, ...]:
    """The words before a command that leave it no network; none where that is not to be had.

    Found out once, by a program that does nothing; blocks meanwhile.
    """
    words = (sys.executable, "-I", "-S", socketless.__file__)
    try:
        done = subprocess.run(
            [*words, where("true")], capture_output=True, timeout=_PROBE_S, check=False
        )
        why = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        if done.returncode == 0:
            return words
    except (OSError, subprocess.TimeoutExpired) as error:
        why = type(error).__name__
    _log.info("sandbox=network closed=false reason=%r", why)
    return ()
