"""The `sops` block of a file: who can open it, which values are encrypted, and the MAC.

Comes in: the mapping under `sops`. Goes out: `About`. Everything that is not known for certain is
refused: another provider, several groups of keys, several selectors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gitopsd.core.sops.refused import Refused
from gitopsd.core.sops.selector import SELECTORS, Selector, selector
from gitopsd.kube.body import dig

# Providers by the name of their list, as people call them.
_PROVIDERS = {
    "kms": "AWS KMS",
    "gcp_kms": "GCP KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
    "hckms": "HuaweiCloud KMS",
    "pgp": "PGP",
}


@dataclass(frozen=True, slots=True)
class About:
    """`keys` are armoured age files that each hold the data key, one per recipient."""

    keys: tuple[str, ...]
    recipients: tuple[str, ...]
    selector: Selector
    mac: str
    modified: str
    is_mac_of_encrypted: bool


def about(block: Mapping[str, Any]) -> About:
    """What the block says; raises Refused where it says what is not supported."""
    listed = _age(block)
    chosen = {name: block[name] for name in SELECTORS if block.get(name)}
    if len(chosen) > 1:
        raise Refused(f"has more than one selector: {', '.join(chosen)}; SOPS takes one per file")
    name, words = next(iter(chosen.items()), ("unencrypted_suffix", "_unencrypted"))
    return About(
        keys=tuple(str(dig(each, "enc", default="")) for each in listed),
        recipients=tuple(str(dig(each, "recipient", default="?")) for each in listed),
        selector=selector(name, words),
        mac=str(block.get("mac") or ""),
        modified=_modified(block.get("lastmodified")),
        is_mac_of_encrypted=block.get("mac_only_encrypted") is True,
    )


def _age(block: Mapping[str, Any]) -> Iterable[Any]:
    """The age keys of the file's one group."""
    groups = block.get("key_groups") or ()
    if len(groups) > 1 or (block.get("shamir_threshold") or 0) > 1:
        words = "splits its key over several key groups, which is not supported; encrypt it for one"
        raise Refused(words, "/sops/key_groups")
    group = groups[0] if groups and not _providers(block) and not block.get("age") else block
    listed = dig(group, "age")
    if isinstance(listed, list) and listed:
        return listed
    others = _providers(group)
    if not others:
        raise Refused("names no key that it is encrypted for")
    raise Refused(
        f"is encrypted for {' and '.join(others)} alone; only age keys are supported: "
        "encrypt it for an age key too"
    )


def _providers(group: Any) -> list[str]:
    return [words for name, words in _PROVIDERS.items() if dig(group, name)]


def _modified(written: Any) -> str:
    """The time as SOPS prints it: in seconds, `Z` for no offset."""
    try:
        time = datetime.fromisoformat(written)
    except (TypeError, ValueError):
        time = None
    if time is None or time.tzinfo is None:
        words = "has no time that SOPS writes; right would be 2006-01-02T15:04:05Z"
        raise Refused(words, "/sops/lastmodified")
    text = time.isoformat(timespec="seconds")
    return f"{text.removesuffix('+00:00')}Z" if text.endswith("+00:00") else text
