"""How far the product agrees with recorded cases: `python agree.py DIR [--show 3]`.

Reads every `*.jsonl` and `*.jsonl.gz` of the folder, prints agreement per operation and per tag,
shows the first disagreements, and exits 1 if there are any.
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from adapter import OPERATIONS, answer
from equal import equal, explain


def cases(folder: Path) -> Iterator[dict[str, Any]]:
    """All cases of a folder, file by file in the order of names."""
    for path in sorted(folder.glob("*.jsonl*")):
        reader = gzip.open if path.suffix == ".gz" else open
        with reader(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def disagreement(case: dict[str, Any]) -> str:
    """What differs from the recorded answer; empty when nothing does."""
    question = {key: case[key] for key in ("id", "op", "request")}
    try:
        given = answer(question)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if equal(case, given) else explain(case, given)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", type=int, default=3)
    arguments = parser.parse_args()
    asked: Counter[tuple[str, str]] = Counter()
    agreed: Counter[tuple[str, str]] = Counter()
    shown = 0
    for case in cases(arguments.folder):
        if case["op"] not in OPERATIONS:
            asked[case["op"], ""] += 1
            continue
        difference = disagreement(case)
        for tag in ("", *case.get("tags", ())):
            asked[case["op"], tag] += 1
            agreed[case["op"], tag] += not difference
        if difference and shown < arguments.show:
            shown += 1
            print(f"{case['id']} {' '.join(case['tags'])}\n{difference}\n")
    for (operation, tag), count in sorted(asked.items()):
        share = 100 * agreed[operation, tag] / count
        said = f"{agreed[operation, tag]:>6} of {count:>6} {share:>6.1f} %"
        print(f"{operation:<10} {tag or 'all':<28} {said}")
    return 1 if agreed != asked else 0


if __name__ == "__main__":
    sys.exit(main())
