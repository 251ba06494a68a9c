"""Templates to HTML: every value is escaped, a value that is missing is a mistake.

Comes in: the name of a template and its values. Goes out: an Answer.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from gitopsd.model.web import CSS, HTML, Answer

_FOLDER = Path(__file__).parent / "templates"


def shown(template: str, values: dict[str, Any], code: int = 200) -> Answer:
    """The screen as a whole document."""
    words = _environment().get_template(template).render(values)
    return Answer(words.encode(), HTML, code)


def style() -> Answer:
    """The one style sheet."""
    return Answer(_sheet(), CSS)


@lru_cache(1)
def _sheet() -> bytes:
    return (_FOLDER / "style.css").read_bytes()


@lru_cache(1)
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
