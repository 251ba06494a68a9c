"""Recorded questions to Karmada, answered by the product: each operation is a file.

`answer(case)` takes a recorded case and gives a response of the same form. What stands in these
files only turns forms into values and back; whatever is decided is decided by the product.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import interpreting
import matching
import overriding
import scheduling
import working

OPERATIONS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "interpret": interpreting.answer,
    "lua": interpreting.answer,
    "match": matching.answer,
    "override": overriding.answer,
    "schedule": scheduling.answer,
    "work": working.answer,
}


def answer(case: Mapping[str, Any]) -> dict[str, Any]:
    """The product's response to a recorded case, `{"id", "op", "request"}`.

    Never raises: a request that is not of the form that the API has is an error, as it would be
    there.
    """
    try:
        return OPERATIONS[case["op"]](case["request"])
    except Exception as error:
        kind = "Other" if case["op"] == "schedule" else "Error"
        return {"error": {"class": kind, "message": f"{type(error).__name__}: {error}"}}
