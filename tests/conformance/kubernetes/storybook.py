"""Stories: requests to an API server and the answers a real one gave, kept as YAML.

A story is a list of steps. `ask` is method and URL, in which `{ns}` stands for a namespace of its
own and `${2.metadata.uid}` for a value of the answer to step 2 (counted from 0). `body` is sent as
JSON, `text` as it stands. `answer` was recorded from a real kube-apiserver by `record.py` and is
what every member must say: ids, versions and times are replaced by marks, equal ones by equal
marks, so that "the version did not change" is part of the answer. `show` keeps a part of it.
"""

import http.client
import json
import re
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

FOLDER = Path(__file__).parent / "stories"

_TYPES = {
    "apply": "application/apply-patch+yaml",
    "merge": "application/merge-patch+json",
    "json": "application/json-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "": "application/json",
}
_ACCEPT = {
    "partial": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    "partials": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "table": "application/json;as=Table;g=meta.k8s.io;v=v1",
    "": "application/json",
}
_REFERENCE = re.compile(r"\$\{([^}]+)\}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"10\.0\.\d+\.\d+")


@dataclass(frozen=True)
class Place:
    """Where a member is and how to ask it."""

    url: str
    token: str
    tls: ssl.SSLContext | None = None


@dataclass
class Teller:
    """Tells one story to one member and writes down what it says.

    `took_seconds`: the managers of some object came in different seconds, which orders them.
    """

    place: Place
    namespace: str
    answers: list[Any] = field(default_factory=list)
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    took_seconds: bool = False

    def tell(self, steps: list[dict[str, Any]]) -> list[Any]:
        """The answer to each step, with marks. Watches in a row, which take time, run at once."""
        answers = []
        for is_watch, together in groupby(steps, lambda step: "watch=" in step["ask"]):
            row = list(together)
            with ThreadPoolExecutor(len(row)) as pool:
                said = pool.map(self._said, row) if is_watch else map(self._said, row)
                answers += [self._noted(*each) for each in zip(row, said, strict=True)]
        return answers

    def _said(self, step: Mapping[str, Any]) -> Any:
        method, url = self._filled(step["ask"]).split(" ", 1)
        if "text" in step:
            data = self._filled(step["text"]).encode()
        elif "body" in step:
            data = self._filled(json.dumps(step["body"])).encode()
        else:
            data = None
        headers = {
            "Content-Type": _TYPES[step.get("type", "")],
            "Accept": _ACCEPT[step.get("accept", "")],
            "User-Agent": "conformance/1",
        }
        if step.get("wait"):
            return self._until(method, url, data, headers, step["wait"])
        return self._ask(method, url, data, headers)

    def _noted(self, step: Mapping[str, Any], said: Any) -> Any:
        status, body, warnings = said
        self.answers.append(body)
        answer: dict[str, Any] = {"status": status}
        if warnings:
            answer["warnings"] = warnings
        if "show" in step:
            answer["shown"] = {
                path: self._marked(_at(body, path), path.rpartition(".")[2])
                for path in step["show"]
            }
        else:
            answer["body"] = self._marked(body)
        return answer

    def _until(self, method: str, url: str, data: Any, headers: Any, wanted: str) -> Any:
        """Asks until the answer holds a word."""
        for _ in range(100):
            found = self._ask(method, url, data, headers)
            if wanted in json.dumps(found[1]) or wanted == str(found[0]):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{method} {url}: {wanted!r} never came: {found}")

    def _ask(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Any:
        parts = urlsplit(self.place.url)
        if self.place.tls is not None:
            connection = http.client.HTTPSConnection(
                parts.netloc, timeout=20, context=self.place.tls
            )
        else:
            connection = http.client.HTTPConnection(parts.netloc, timeout=20)
        try:
            said = {**headers, "Authorization": f"Bearer {self.place.token}"}
            connection.request(method, url.replace(" ", "%20"), data, said)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        warnings = response.headers.get_all("Warning") or []
        is_watch = "watch=" in url and response.status == 200
        return response.status, _lines(text) if is_watch else _read(text), warnings

    def _filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            number, _, path = found[1].partition(".")
            return str(_at(self.answers[int(number)], path))

        return _REFERENCE.sub(value, text).replace("{ns}", self.namespace)

    # Marks

    def _marked(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {self._marked_text(key): self._marked(each, key) for key, each in value.items()}
        if isinstance(value, list):
            if name == "managedFields" and len({each.get("time") for each in value}) > 1:
                self.took_seconds = True
            return [self._marked(each, name) for each in value]
        if name == "resourceVersion" and value:
            return self._mark("version", value)
        if name == "continue" and value:
            return "<token>"
        if name == "nodePort" and value:
            return self._mark("port", str(value))
        return self._marked_text(value) if isinstance(value, str) else value

    def _marked_text(self, text: str) -> str:
        text = text.replace(self.namespace, "{ns}")
        text = _UUID.sub(lambda found: self._mark("uid", found[0]), text)
        text = _ADDRESS.sub(lambda found: self._mark("ip", found[0]), text)
        return _TIME.sub("<time>", text)

    def _mark(self, kind: str, value: str) -> str:
        same = [each for each in self.marks if each[0] == kind]
        return self.marks.setdefault((kind, value), f"<{kind} {len(same) + 1}>")


def regardless_of_seconds(value: Any) -> Any:
    """An answer with managers in one order: a server puts those of an earlier second first."""
    if isinstance(value, list):
        return [regardless_of_seconds(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: regardless_of_seconds(each) for key, each in value.items()}
    for key in found.keys() & {"managedFields", "metadata.managedFields"}:
        if isinstance(found[key], list):
            found[key] = sorted(found[key], key=json.dumps)
    return found


def stories() -> list[Path]:
    """All stories, by name."""
    return sorted(FOLDER.glob("*.yaml"))


def load(path: Path) -> list[dict[str, Any]]:
    """The steps of a story."""
    steps: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    return steps


def _read(text: str) -> Any:
    """JSON, or text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _lines(text: str) -> list[Any]:
    """The events of a watch."""
    return [json.loads(line) for line in text.splitlines()]


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, list) and step == "#":
            value = len(value)
        elif isinstance(value, list) and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, list):
            value = [_at(each, step) for each in value]
        elif isinstance(value, dict):
            value = value.get(step.replace("~", "."))
        else:
            return None
    return value
