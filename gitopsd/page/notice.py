"""A screen with one sentence: nothing to show yet, or nothing there."""

from gitopsd.model.web import Answer
from gitopsd.page.frame import shown


def notice(title: str, words: str, code: int) -> Answer:
    """One sentence; 503 asks for patience and looks again by itself."""
    return shown("notice.html", {"title": title, "words": words, "is_waiting": code == 503}, code)
