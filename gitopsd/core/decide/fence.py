"""One bad template holds only itself: what went wrong with it, as a Problem."""

from gitopsd.core.kinds import Misread
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource

HELD = "it could not be decided"


def failure(template: Resource, error: Exception) -> Problem:
    """Why nothing can be decided on this template. Of a bug the place alone is told: what an
    exception says may quote the object.
    """
    origin = template.origin
    if isinstance(error, Misread):
        message, reason = str(error), "Invalid"
    else:
        message = (
            f"gitopsd failed here with {type(error).__name__}{_place(error)}; what is there is held"
        )
        reason = "Internal"
    return Problem(
        path=origin.path,
        line=origin.line,
        pointer="",
        message=message,
        reason=reason,
        key=template.key.id,
    )


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    _, _, module = trace.tb_frame.f_code.co_filename.rpartition("gitopsd/")
    return f" at {module}:{trace.tb_lineno}"
