"""Writes the answers of a real API server into the stories.

    python tests/conformance/kubernetes/record.py [STORY…]

Starts a bare etcd and kube-apiserver of its own, or asks the one at `$CONFORMANCE_URL` with the
token `$CONFORMANCE_TOKEN`. Review the difference: it is what Kubernetes does.
"""

import os
import ssl
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from conformance.kubernetes.storybook import Place, Teller, load, stories
from servers.member import Member, start, stop


def main() -> None:
    wanted = set(sys.argv[1:])
    with real_member() as place:
        for path in stories():
            if wanted and path.stem not in wanted:
                continue
            steps = load(path)
            answers = Teller(place, f"story-{uuid.uuid4().hex[:8]}").tell(steps)
            for step, answer in zip(steps, answers, strict=True):
                step["answer"] = answer
            path.write_text(written(path, steps))
            print(path.stem, len(steps))


@contextmanager
def real_member() -> Iterator[Place]:
    if url := os.environ.get("CONFORMANCE_URL"):
        context = ssl._create_unverified_context()
        yield Place(url, os.environ["CONFORMANCE_TOKEN"], context)
        return
    with tempfile.TemporaryDirectory() as folder:
        member = Member("bare", Path(folder) / "bare", False)
        start([member])
        try:
            yield Place(member.url, member.token, member.tls())
        finally:
            stop([member])


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(path: Path, steps: list[dict[str, Any]]) -> str:
    """The story with its leading comment kept."""
    comment = "".join(
        line + "\n" for line in path.read_text().splitlines() if line.startswith("# ")
    )
    body = yaml.dump(steps, Dumper=_Dumper, sort_keys=False, width=100, allow_unicode=True)
    return comment + body


if __name__ == "__main__":
    main()
