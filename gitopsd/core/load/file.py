"""One file, on its own: its documents as typed values.

Comes in: path, blob id and bytes. Goes out: `ParsedFile`, the same for the same bytes wherever it
is made. What needs other files (kinds of CRDs, ids that stand twice) is left to `loading.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gitopsd.core.hooks import HOOK, with_prefix_as_name
from gitopsd.core.load import checks, metadata, own, roles, unheeded
from gitopsd.core.load.metadata import Mistake
from gitopsd.core.load.parsed import Parsed, ParsedFile, Sort
from gitopsd.core.load.places import Place, problems_at
from gitopsd.core.load.secrets import Hidden, hidden_in
from gitopsd.core.sops import NO_VEIL, Unseal, Unsealed, Veil, is_encrypted, lifted, without_keys
from gitopsd.kube.body import dig, laid
from gitopsd.kube.schemas import accepted, without_nulls
from gitopsd.kube.wording import kind_of
from gitopsd.kube.yaml import Document, Limits, YamlError, documents, lines_of
from gitopsd.model.build import BUILT_BYTES
from gitopsd.model.problem import Problem, Severity
from gitopsd.model.resource import Origin, Resource, ResourceKey, split_api_version

_LFS = b"version https://git-lfs.github.com/spec/v1"
_LIST = "List"
_PRINT_LIMITS = Limits(file_bytes=BUILT_BYTES)


def read_file(path: str, blob: str, data: bytes, unseal: Unseal = without_keys) -> ParsedFile:
    """What a file holds; never raises, whatever the bytes. `unseal` reads encrypted ones."""
    reader = _Reader(path, blob, data)
    if data.startswith(_LFS):
        words = "is a pointer of git LFS, not the file itself; keep manifests out of LFS"
        return reader.whole(0, words, "Lfs")
    try:
        found = documents(data)
    except YamlError as error:
        return reader.whole(error.line, error.message, "Unreadable")
    if is_encrypted(found):
        reader.unsealed = unseal(found)
        if reader.unsealed.wrong:
            return reader.undecrypted()
        reader.tell_sealed()
        found = list(reader.unsealed.documents)
    for document in found:
        reader.read(document)
    return reader.done(len(found))


@dataclass(frozen=True, slots=True)
class Print:
    """What a program printed: the line of the file that asked for it, and the namespace of what
    names none, empty for the usual one. `veil` says what the program was not to see.
    """

    line: int
    namespace: str = ""
    veil: Veil = NO_VEIL


def read_print(path: str, blob: str, data: bytes, printed: Print) -> ParsedFile:
    """What a program printed, as read_file reads a file; all of it stands where it was asked for,
    and messages name the object.
    """
    reader = _Reader(path, blob, None, printed)
    try:
        found = documents(data, _PRINT_LIMITS)
    except YamlError as error:
        words = f"what is rendered cannot be read, in its line {error.line}: {error.message}"
        return reader.whole(printed.line, words, "Unreadable")
    if is_encrypted(found):
        words = "what is rendered is encrypted with SOPS; it cannot be decrypted after rendering"
        return reader.whole(printed.line, words, "Encrypted")
    made = [lifted(each, printed.veil) for each in found]
    if changed := next((each for each in made if each.changed), None):
        if printed.veil.wrong:
            path, words = printed.veil.wrong
            return reader.whole(printed.line, f"of {path}: {words}", "DecryptionFailed")
        kind = dig(changed.document.body, "kind", default="object")
        words = (
            f"an encrypted value was made something else at {changed.changed} of a {kind}; it can "
            "only be put into a Secret as it is, in base64, or within a text"
        )
        return reader.whole(printed.line, words, "Encrypted")
    reader.unsealed = Unsealed(
        hidden={each.document.index: each.hidden for each in made if each.hidden},
        is_sealed=printed.veil.is_sealed,
        is_placed=True,
    )
    if reader.unsealed.hidden:
        reader.tell_sealed()
    for each in made:
        reader.read(replace(each.document, line=printed.line, warnings=()))
    return reader.done(len(found))


@dataclass(slots=True)
class _Reader:
    """Gathers what the documents of one file give; `data` is None for what a program printed."""

    path: str
    blob: str
    data: bytes | None
    printed: Print | None = None
    objects: list[Parsed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    invalid: dict[ResourceKey, Problem] = field(default_factory=dict)
    is_unreadable: bool = False
    unsealed: Unsealed = field(default_factory=Unsealed)

    def undecrypted(self) -> ParsedFile:
        """Nothing of it is known: it may hold anything."""
        (number, at), words = self.unsealed.place, self.unsealed.wrong
        line = lines_of(self.data or b"", number, [at])[at]
        problem = Problem(self.path, line, at, words, "DecryptionFailed")
        return ParsedFile(self.path, self.blob, problems=(problem,), is_unreadable=True)

    def tell_sealed(self) -> None:
        if self.unsealed.is_sealed:
            words = "is encrypted with SOPS and was not decrypted, so its values were not checked"
            self.problems.append(Problem(self.path, 0, "", words, "NotDecrypted", Severity.NOTICE))

    def whole(self, line: int, words: str, reason: str) -> ParsedFile:
        problem = Problem(self.path, line, "", words, reason)
        return ParsedFile(self.path, self.blob, problems=(problem,), is_unreadable=True)

    def done(self, count: int) -> ParsedFile:
        return ParsedFile(
            self.path,
            self.blob,
            tuple(self.objects),
            tuple(sorted(self.problems)),
            self.is_unreadable,
            self.invalid,
            count,
        )

    def read(self, document: Document) -> None:
        for line, words in document.warnings:
            self.problems.append(
                Problem(self.path, line, "", words, "AmbiguousWord", Severity.WARNING)
            )
        for place, body in self._items(document):
            hidden = hidden_in(self.unsealed, document.index, place.base)
            body = with_prefix_as_name(body)
            wrong = _not_an_object(body)
            if hidden.hides_identity:
                self._unknown(place)
            elif wrong:
                self._nothing(place, body, wrong)
            else:
                self._object(place, body, (document, hidden))

    def _items(self, document: Document) -> Iterator[tuple[Place, Any]]:
        """The objects of a document: itself, or those of a list."""
        found = list(_flat("", document.body))
        if len(found) == 1 and not found[0][0]:
            yield Place(self.path, document.index, document.line), document.body
            return
        bases = [base for base, _ in found]
        lines = lines_of(self.data, document.index, bases) if self.data is not None else {}
        for base, body in found:
            yield Place(self.path, document.index, lines.get(base, document.line), base), body

    def _object(
        self, place: Place, body: Mapping[str, Any], about: tuple[Document, Hidden]
    ) -> None:
        document, hidden = about
        group, version = split_api_version(body["apiVersion"])
        kind: str = body["kind"]
        namespace = _namespace(body, group, kind, self.printed)
        key = ResourceKey(group, kind, namespace, body["metadata"]["name"])
        if document.has_nulls and accepted().knows(group, version, kind):
            body = without_nulls(body)
        body, server_fields = metadata.stripped(body)
        said = [(pointer, "only a server writes this; it is left out") for pointer in server_fields]
        self._tell(place, key, said, ("ServerField", Severity.NOTICE))
        found = [
            *hidden.exposed(key),
            *hidden.shown(checks.mistakes(body, key, version)),
            *checks.size_mistakes(body, document.characters),
        ]
        if found:
            self._wrong(place, key, found)
            return
        if hidden.hides_more:
            self._unknown(place)
            return
        if namespace and not body["metadata"].get("namespace"):
            body = laid(body, namespace, "metadata", "namespace")
        origin = Origin(self.path, place.document, place.line, self.blob)
        self._accept(place, Resource(key, version, body, origin), hidden)

    def _accept(self, place: Place, resource: Resource, hidden: Hidden) -> None:
        key = resource.key
        sort = roles.ROLES.get((key.group, key.kind)) or _sort_of(resource)
        try:
            value = own.typed(sort, resource)
        except own.Refused as refused:
            self._wrong(place, key, refused.mistakes)
            return
        if (key.group, key.kind) in roles.NOT_ACTED_ON:
            words = f"{key.kind} is accepted, and not acted on by this version"
            self._tell(place, key, [("", words)], ("NotActedOn", Severity.NOTICE))
        if sort is Sort.POLICY:
            said = unheeded.notices(dig(resource.body, "spec", default={}), value.spec)
            self._tell(place, key, said, ("NotActedOn", Severity.NOTICE))
        if sort is Sort.CLUSTER:
            said = unheeded.notices_of(value)
            self._tell(place, key, said, ("NotActedOn", Severity.NOTICE))
        self.objects.append(Parsed(sort, resource, value, place.base, hidden))

    def _nothing(self, place: Place, body: Any, wrong: Mistake) -> None:
        """A document that names no object. What looks like one all the same holds the file."""
        is_mapping = isinstance(body, Mapping)
        is_meant = is_mapping and ("apiVersion" in body or "kind" in body)
        if is_meant or (is_mapping and "metadata" in body):
            self.is_unreadable = True
        how = ("Invalid", Severity.ERROR) if is_meant else ("NoObject", Severity.NOTICE)
        self._tell(place, None, [wrong], how)

    def _unknown(self, place: Place) -> None:
        """An object of which more than values is encrypted, and was not decrypted."""
        self.is_unreadable = True
        words = "has more than its values encrypted: without a key nothing is known of it"
        self._tell(place, None, [("", words)], ("NotDecrypted", Severity.NOTICE))

    def _wrong(self, place: Place, key: ResourceKey, mistakes: Iterable[Mistake]) -> None:
        """An object that is wrong. One whose very name is in doubt may be any object: that holds
        the file.
        """
        found = list(mistakes)
        if any(pointer.startswith(NAMING) for pointer, _ in found):
            self.is_unreadable = True
        problems = self._tell(place, key, found, ("Invalid", Severity.ERROR))
        self.invalid.setdefault(key, problems[0])

    def _tell(
        self,
        place: Place,
        key: ResourceKey | None,
        mistakes: Iterable[Mistake],
        how: tuple[str, Severity],
    ) -> list[Problem]:
        made = problems_at(place, key, mistakes, how, self.data)
        self.problems += made
        return made


# Where a document says which object it is.
NAMING = ("/apiVersion", "/kind", "/metadata/name")


def _flat(base: str, body: Any) -> Iterator[tuple[str, Any]]:
    """The objects of a body by JSON pointer: itself, or those of a list and of lists in it."""
    if not _is_list(body):
        yield base, body
        return
    for number, item in enumerate(body["items"]):
        yield from _flat(f"{base}/items/{number}", _as_item(item, body))


def _is_list(body: Any) -> bool:
    return (
        isinstance(body, Mapping)
        and isinstance(body.get("kind"), str)
        and body["kind"].endswith(_LIST)
        and isinstance(body.get("items"), list)
    )


def _as_item(item: Any, whole: Mapping[str, Any]) -> Any:
    """An item of a typed list need not say what it is."""
    kind = whole["kind"].removesuffix(_LIST)
    if not kind or not isinstance(item, Mapping) or "kind" in item:
        return item
    return {"apiVersion": whole.get("apiVersion"), "kind": kind, **item}


def _not_an_object(body: Any) -> Mistake | None:
    if not isinstance(body, Mapping):
        return "", f"is {kind_of(body)}, not an object of Kubernetes; left out"
    if "apiVersion" not in body and "kind" not in body:
        return "", "has neither apiVersion nor kind, so it is no object of Kubernetes; left out"
    for name in ("apiVersion", "kind"):
        if name not in body:
            return "", f"lacks {name}"
        if not isinstance(body[name], str) or not body[name]:
            return f"/{name}", "must be a string that is not empty"
    about = body.get("metadata")
    if not isinstance(about, Mapping):
        return ("/metadata" if "metadata" in body else ""), "lacks metadata, a mapping with a name"
    if about.get("generateName") and not about.get("name"):
        return "/metadata/generateName", f"is for hooks alone ({HOOK}); give metadata.name"
    if "name" not in about:
        return "/metadata", "lacks a name"
    if not isinstance(about["name"], str) or not about["name"]:
        return "/metadata/name", "must be a string that is not empty"
    if not isinstance(about.get("namespace") or "", str):
        return "/metadata/namespace", "must be a string; put it in quotes"
    return None


def _namespace(body: Mapping[str, Any], group: str, kind: str, printed: Print | None) -> str:
    """The namespace as it counts: of a kind of unknown scope as written.

    What a chart's release brings is in its namespace, also where only members know the scope; they
    refuse one that has none. A kind named after the cluster as a whole is taken for such.
    """
    written: str = body["metadata"].get("namespace") or ""
    release = printed.namespace if printed else ""
    match checks.scope_of(group, kind):
        case "Cluster":
            return ""
        case "Namespaced":
            return written or release or "default"
    return written or ("" if kind.startswith("Cluster") else release)


def _sort_of(resource: Resource) -> Sort:
    key = resource.key
    if (key.group, key.kind) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        return Sort.CRD
    return Sort.TEMPLATE if checks.scope_of(key.group, key.kind) else Sort.CUSTOM
