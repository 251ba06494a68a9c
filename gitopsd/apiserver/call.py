"""One request to a resource, read from its URL; and the answer that goes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gitopsd.apiserver.errors import ApiError, bad_request
from gitopsd.apiserver.resources import ResourceType
from gitopsd.apiserver.store import Key

_TRUE = ("true", "1", "t", "True", "TRUE")


@dataclass(slots=True)
class Call:
    """Who asks for what. `warnings` gather what goes back as headers."""

    of: ResourceType
    verb: str
    namespace: str
    name: str
    subresource: str
    query: Mapping[str, str]
    content_type: str
    agent: str
    data: bytes
    warnings: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Where the object stands."""
        return Key(self.of.group, self.of.plural, self.namespace, self.name)

    def says(self, flag: str) -> bool:
        """Whether a flag of the query is set."""
        return self.query.get(flag, "") in _TRUE

    @property
    def is_dry_run(self) -> bool:
        """Nothing may be written; raises ApiError for a word that is not `All`."""
        return is_dry_run(self.query.get("dryRun", ""))

    @property
    def manager(self) -> str:
        """Who will own what is written."""
        given = self.query.get("fieldManager", "")
        if len(given) > 128 or not given.isprintable():
            raise bad_request("fieldManager must be printable and at most 128 characters")
        return given or self.agent.partition("/")[0][:128] or "unknown"

    @property
    def validation(self) -> str:
        """`Strict`, `Warn` or `Ignore`."""
        given = self.query.get("fieldValidation", "")
        if given not in ("", "Strict", "Warn", "Ignore"):
            said = f'Unsupported value: "{given}": supported values: "", "Ignore", "Strict", "Warn"'
            raise options_invalid("PatchOptions", "fieldValidation", said)
        return given or "Warn"


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer: code, JSON, and headers beside the usual ones."""

    code: int
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    content_type: str = "application/json"


def is_dry_run(given: str) -> bool:
    """Whether `dryRun` says so; raises ApiError for an unknown word."""
    if given not in ("", "All"):
        said = f'Unsupported value: ["{given}"]: supported values: "All"'
        raise options_invalid("PatchOptions", "dryRun", said)
    return given == "All"


def options_invalid(
    kind: str, field: str, said: str, reason: str = "FieldValueNotSupported"
) -> ApiError:
    """The refusal of an option of a request."""
    cause = {"reason": reason, "message": said, "field": field}
    about = {"group": "meta.k8s.io", "kind": kind, "causes": [cause]}
    return ApiError(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {field}: {said}', about)
