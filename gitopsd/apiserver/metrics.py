"""Counted requests, as `/metrics` shows them: what tests prove "nothing was written" by."""

from collections import Counter
from collections.abc import Mapping

_NAME = "apiserver_request_total"
_LABELS = ("code", "component", "dry_run", "group", "resource", "scope", "subresource", "verb",
           "version")  # fmt: skip

Labels = tuple[str, ...]


class Requests:
    """How many requests of each sort were answered."""

    def __init__(self) -> None:
        self.counts: Counter[Labels] = Counter()

    def add(self, said: Mapping[str, str]) -> None:
        """Counts one request by its labels."""
        self.counts[tuple(said.get(name, "") for name in _LABELS)] += 1

    def total(self, *verbs: str) -> int:
        """How many requests had one of these verbs; all of them for no verb."""
        place = _LABELS.index("verb")
        return sum(n for labels, n in self.counts.items() if not verbs or labels[place] in verbs)

    def text(self) -> str:
        """In the text format of Prometheus."""
        lines = [
            f"# HELP {_NAME} [STABLE] Counter of apiserver requests.",
            f"# TYPE {_NAME} counter",
        ]
        for labels, count in sorted(self.counts.items()):
            pairs = ",".join(
                f'{name}="{value}"' for name, value in zip(_LABELS, labels, strict=True)
            )
            lines.append(f"{_NAME}{{{pairs}}} {count}")
        return "\n".join(lines) + "\n"
