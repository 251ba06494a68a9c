"""Where decisions go another way than Karmada's: the options of the stages, as one value; and what
runs the scripts of a repository.
"""

from dataclasses import dataclass

from gitopsd.core import render, schedule
from gitopsd.core.kinds.scripted import Interpret


@dataclass(frozen=True, slots=True)
class Options:
    """What scheduling and rendering do differently; ours unless said otherwise.

    Without `interpret` the repository's customizations are passed over.
    """

    scheduling: schedule.Options = schedule.GITOPSD
    rendering: render.Options = render.GITOPSD
    interpret: Interpret | None = None


GITOPSD = Options()
KARMADA = Options(schedule.KARMADA, render.KARMADA)
