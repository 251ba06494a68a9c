"""Where decisions go another way than Karmada's: the options of the stages, as one value."""

from dataclasses import dataclass

from gitopsd.core import render, schedule


@dataclass(frozen=True, slots=True)
class Options:
    """What scheduling and rendering do differently; ours unless said otherwise."""

    scheduling: schedule.Options = schedule.GITOPSD
    rendering: render.Options = render.GITOPSD


GITOPSD = Options()
KARMADA = Options(schedule.KARMADA, render.KARMADA)
