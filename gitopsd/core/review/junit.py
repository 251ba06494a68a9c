"""Problems as JUnit's XML, which every pipeline reads: an error is a failed test.

What is no error passes and says so in its output. Where there is nothing to say one test passes,
for a report without tests counts as missing.
"""

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from gitopsd.model.problem import Problem, Severity

# Not allowed in XML 1.0, however they are written.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(problems: Sequence[Problem], name: str) -> str:
    """One suite of this name, a test for each Problem, in their order."""
    failures = sum(each.severity is Severity.ERROR for each in problems)
    tests = [line for each in problems for line in _test(each, name)]
    tests = tests or [f"    <testcase classname={_attribute(name)} name={_attribute(name)}/>"]
    counts = f'tests="{max(len(problems), 1)}" failures="{failures}" errors="0" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {counts}>",
        f"  <testsuite name={_attribute(name)} {counts}>",
        *tests,
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines)


def _test(problem: Problem, suite: str) -> Sequence[str]:
    where = f"{problem.path}:{problem.line}" if problem.line else problem.path
    parts = (where, problem.pointer) if problem.path else (problem.cluster, problem.key)
    name = " ".join(part for part in parts if part) or problem.reason
    file = f" file={_attribute(problem.path)}" if problem.path else ""
    head = f"    <testcase classname={_attribute(suite)} name={_attribute(name)}{file}>"
    said = escape(_NO_XML.sub("?", str(problem)))
    if problem.severity is Severity.ERROR:
        kinds = f"message={_attribute(problem.message)} type={_attribute(problem.reason)}"
        return (head, f"      <failure {kinds}>{said}</failure>", "    </testcase>")
    words = f"{problem.severity.value}: {said}"
    return (head, f"      <system-out>{words}</system-out>", "    </testcase>")


def _attribute(words: str) -> str:
    return quoteattr(_NO_XML.sub("?", words), {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})
