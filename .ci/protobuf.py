"""Writes gitopsd/apiserver/data/protobuf.json.gz: how native kinds are laid out in protobuf.

Comes in: `generated.proto` and Go types of the modules k8s.io/api and k8s.io/apimachinery, which Go
fetches. Goes out: for each message its fields with number, name, type and marks; the same bytes on
every run. Run it for a new Kubernetes version.
"""

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

VERSION = "v0.36.3"
TOP = Path(__file__).parents[1]
OUT = TOP / "gitopsd" / "apiserver" / "data" / "protobuf.json.gz"
FOLDERS = {
    "k8s.io/api": (
        "admissionregistration/v1",
        "apps/v1",
        "authentication/v1",
        "authorization/v1",
        "autoscaling/v1",
        "autoscaling/v2",
        "batch/v1",
        "certificates/v1",
        "coordination/v1",
        "core/v1",
        "discovery/v1",
        "networking/v1",
        "node/v1",
        "policy/v1",
        "rbac/v1",
        "scheduling/v1",
        "storage/v1",
    ),
    "k8s.io/apimachinery": (
        "pkg/api/resource",
        "pkg/apis/meta/v1",
        "pkg/runtime",
        "pkg/util/intstr",
    ),
}
_PACKAGE = re.compile(r"^package ([\w.]+);", re.M)
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.M | re.S)
_FIELD = re.compile(r"^  (optional|repeated|map<\w+, ([\w.]+)>)\s*([\w.]*) (\w+) = (\d+);", re.M)
_STRUCT = re.compile(r"^type (\w+) struct \{\n(.*?)^\}", re.M | re.S)
_GO_FIELD = re.compile(
    r'^\t(?:\w+[ \t]+)?(\*?)[\w.\[\]*]+[ \t]+`json:"([^"]*)" protobuf:"\w+,(\d+),', re.M
)
_SCALARS = {"string", "int32", "int64", "bool", "bytes", "double"}


def main() -> None:
    """Writes the file."""
    messages: dict[str, list[list[object]]] = {}
    for module, folders in FOLDERS.items():
        root = folder_of(module)
        for folder in folders:
            messages |= dict(messages_of(root / folder))
    OUT.parent.mkdir(exist_ok=True)
    text = json.dumps(messages, separators=(",", ":"), sort_keys=True).encode()
    OUT.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{OUT.relative_to(TOP)}: {len(messages)} messages, {OUT.stat().st_size} bytes")


def folder_of(module: str) -> Path:
    """Where Go keeps a module."""
    asked = ["go", "mod", "download", "-json", f"{module}@{VERSION}"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return Path(json.loads(done.stdout)["Dir"])


def messages_of(folder: Path) -> Iterator[tuple[str, list[list[object]]]]:
    """Each message of a folder: its fields as number, name, type, marks.

    Marks: `*` a list, `m` a map, `p` a pointer (kept when zero), `i` laid into its parent.
    """
    text = (folder / "generated.proto").read_text()
    found = _PACKAGE.search(text)
    assert found, folder
    package = found[1]
    pointers, inlined = go_marks(folder)
    for message in _MESSAGE.finditer(text):
        fields: list[list[object]] = []
        for field in _FIELD.finditer(message[2]):
            label, of_map, kind, name, number = field.groups()
            key = (message[1], int(number))
            marks = "*" if label == "repeated" else "m" if of_map else ""
            marks += "p" * (key in pointers) + "i" * (key in inlined)
            fields.append([int(number), name, full(package, of_map or kind), marks])
        yield f"{package}.{message[1]}", fields


def full(package: str, kind: str) -> str:
    """A type with its package."""
    if kind in _SCALARS:
        return kind
    return kind.lstrip(".") if "." in kind else f"{package}.{kind}"


def go_marks(folder: Path) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Fields that are pointers, and those whose own fields stand in the parent."""
    pointers, inlined = set(), set()
    for path in sorted(folder.glob("*.go")):
        for struct in _STRUCT.finditer(path.read_text()):
            for pointer, tag, number in _GO_FIELD.findall(struct[2]):
                if pointer:
                    pointers.add((struct[1], int(number)))
                if tag.endswith(",inline"):
                    inlined.add((struct[1], int(number)))
    return pointers, inlined


if __name__ == "__main__":
    main()
