"""Which clusters are preferred: one file per rule; what they say is added up.

To add one: a file with `SCORE`, and its line in `SCORES`.
"""

from gitopsd.core.schedule.scores import locality

SCORES = (locality.SCORE,)
