"""A program without a network: started in a namespace of its own, in which there is none.

Comes in: nothing. Goes out: what to put before a command. Linux alone has such a thing, and not
every system lets everybody have it (containers with the usual seccomp profile do not); there it is
nothing, and whoever runs something must do without.
"""

import logging
import subprocess
from functools import cache

from gitopsd.edge.program import where

_PROBE_S = 10.0

_log = logging.getLogger(__name__)


@cache
def apart() -> tuple[str, ...]:
    """The words before a command that leave it no network; none where that is not to be had.

    Found out once, by a program that does nothing; blocks meanwhile.
    """
    unshare, nothing = where("unshare"), where("true")
    if not (unshare and nothing):
        _log.info("namespace=network used=false reason='unshare is not installed'")
        return ()
    words = (unshare, "--user", "--net", "--")
    try:
        done = subprocess.run([*words, nothing], capture_output=True, timeout=_PROBE_S, check=False)
        why = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
        if done.returncode == 0:
            return words
    except (OSError, subprocess.TimeoutExpired) as error:
        why = type(error).__name__
    _log.info("namespace=network used=false reason=%r", why)
    return ()
