"""`fieldOverrider`: JSON or YAML that stands as text in a field, such as a file in a ConfigMap."""

import json
from typing import Any

from gitopsd.core.override.jsonpatch import Refusal, edited, operation
from gitopsd.core.override.yamltext import dump, load
from gitopsd.kube.body import Body
from gitopsd.kube.patch import Operation
from gitopsd.kube.pointer import find
from gitopsd.model.policy import FieldOverrider, Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all field overriders of the rule.

    Raises Refusal where the field is no text, the text cannot be read, or an operation does not
    apply. YAML loses its comments and gets sorted keys; JSON gets no white space.
    """
    for number, overrider in enumerate(rule.field_overrider or ()):
        pointer = f"/fieldOverrider/{number}"
        text = find(body, overrider.field_path)
        if not isinstance(text, str):
            raise Refusal(f"{pointer}/fieldPath", f"{overrider.field_path!r} is no text field")
        new = _changed(text, overrider, pointer)
        body = edited(body, (Operation("replace", overrider.field_path, new),), pointer)
    return body


def _changed(text: str, overrider: FieldOverrider, pointer: str) -> str:
    """The new text; empty for an overrider that says neither JSON nor YAML, as in Karmada."""
    if overrider.yaml:
        operations = [operation(each, each.sub_path) for each in overrider.yaml]
        return dump(edited(_read(load, text, pointer), operations, f"{pointer}/yaml"))
    if overrider.json:
        operations = [operation(each, each.sub_path) for each in overrider.json]
        value = edited(_read(json.loads, text, pointer), operations, f"{pointer}/json")
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return ""


def _read(read: Any, text: str, pointer: str) -> Any:
    try:
        value = read(text)
    except ValueError:
        raise Refusal(f"{pointer}/fieldPath", "the field's text cannot be read") from None
    if not isinstance(value, (dict, list)):
        raise Refusal(f"{pointer}/fieldPath", "the field's text is no mapping and no list")
    return value
