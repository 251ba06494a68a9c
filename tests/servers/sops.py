"""Encrypts what is only known while a test runs, as `sops` does it."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pyrage
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyrage.x25519 import Identity

DATA_KEY = b"0123456789abcdef0123456789abcdef"
_TIME = "2026-01-02T03:04:05Z"
_NONCE = b"n" * 32


def encrypted(body: Mapping[str, Any], identity: Identity | None = None) -> str:
    """A file with this object, its `data` and `stringData` encrypted for a key."""
    mac = hashlib.sha512(hashlib.sha256(b"sops").digest())
    made = dict(body)
    for part in [each for each in body if each in ("data", "stringData")]:
        made[part] = {key: _encrypted(text, f"{part}:{key}:") for key, text in body[part].items()}
        mac.update("".join(body[part].values()).encode())
    armoured = "none"
    if identity is not None:
        armoured = pyrage.encrypt(DATA_KEY, [identity.to_public()], armored=True).decode()
    made["sops"] = {
        "age": [{"recipient": "age1test", "enc": armoured}],
        "encrypted_regex": "^(data|stringData)$",
        "lastmodified": _TIME,
        "mac": _encrypted(mac.hexdigest().upper(), _TIME),
        "mac_only_encrypted": True,
    }
    return yaml.safe_dump(made, sort_keys=False)


def _encrypted(text: str, bound_to: str) -> str:
    sealed = AESGCM(DATA_KEY).encrypt(_NONCE, text.encode(), bound_to.encode())
    data, nonce, tag = (b64encode(each).decode() for each in (sealed[:-16], _NONCE, sealed[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{nonce},tag:{tag},type:str]"
