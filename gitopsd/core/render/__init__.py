"""What each cluster must hold: a template and its share become a Manifest.

Comes in: a template, what its binding says, a cluster, its replicas and the override policies.
Goes out: the Manifest, or the Problem that holds that cluster while the others go on. In this
order: replicas and completions (`revise.py`), overrides, bookkeeping (`stamp.py`, not ours), what
must not travel (`prune.py`), one way to write it (`normalise.py`); `rendering.py` does equal work
once. `claims.py` says what is claimed where others have a say too, `options.py` where we differ
from Karmada.
"""

from gitopsd.core.render.claims import claims_of, field_terms, says_otherwise
from gitopsd.core.render.options import GITOPSD, KARMADA, Options
from gitopsd.core.render.rendering import Rendering, Terms, is_suspended
from gitopsd.core.render.revise import completions_of

__all__ = [
    "GITOPSD",
    "KARMADA",
    "Options",
    "Rendering",
    "Terms",
    "claims_of",
    "completions_of",
    "field_terms",
    "is_suspended",
    "says_otherwise",
]
