"""Problems as SARIF 2.1.0, the form in which code hosts keep the findings of a tool.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gitopsd.model.problem import Problem, Severity

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
# Code hosts refuse a finding without a place; what is about no file is shown there.
_NO_FILE = "gitopsd.yaml"


def sarif(problems: Sequence[Problem], version: str) -> Mapping[str, Any]:
    """One run of this version; each reason is a rule.

    A finding keeps its fingerprint when only its line changes.
    """
    rules = sorted({each.reason for each in problems})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gitopsd",
                        "version": version,
                        "rules": [{"id": rule, "name": rule} for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(each, rules) for each in problems],
            }
        ],
    }


def _result(problem: Problem, rules: Sequence[str]) -> Mapping[str, Any]:
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(problem.path or _NO_FILE), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": max(problem.line, 1)},
    }
    subject = [problem.pointer] if problem.path else [problem.cluster, problem.key]
    where = " ".join(part for part in subject if part)
    return {
        "ruleId": problem.reason,
        "ruleIndex": rules.index(problem.reason),
        "level": _LEVELS[problem.severity],
        "message": {"text": f"{where}: {problem.message}" if where else problem.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"gitopsd/v1": _fingerprint(problem)},
    }


def _fingerprint(problem: Problem) -> str:
    about = (problem.path, problem.pointer, problem.reason, problem.key, problem.cluster)
    return hashlib.sha256("\0".join(about).encode(errors="backslashreplace")).hexdigest()[:32]
