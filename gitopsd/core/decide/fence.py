"""One bad template holds only itself: what went wrong with it, as a Problem."""

from gitopsd.core.kinds import Misread, problem_of
from gitopsd.model.problem import Problem
from gitopsd.model.resource import Resource


def failure(template: Resource, error: Exception) -> Problem:
    """Why nothing can be decided on this template. Of a bug the place alone is told: what an
    exception says may quote the object.
    """
    if isinstance(error, Misread):
        return problem_of(error, template)
    return Problem(
        path=template.origin.path,
        line=template.origin.line,
        pointer="",
        message=f"gitopsd failed here with {type(error).__name__}{_place(error)}; "
        "what is there is held",
        reason="Internal",
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
