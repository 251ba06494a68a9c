"""TLS to a member: whom we take it for, and our own certificate.

The authorities of the system are loaded only where the kubeconfig names none: that takes 50 ms and
a megabyte, so that context is shared by all who need nothing else.
"""

import os
import ssl
import tempfile
from functools import lru_cache

from gitopsd.model.errors import ClusterError


def tls(
    member: str, *, authority: bytes, certificate: bytes, key: bytes, is_verified: bool
) -> ssl.SSLContext:
    """The context for connections; ClusterError for certificates that are none.

    `authority` empty means those of the system. Key and certificate stand in a file for a moment,
    readable by us alone, because the library takes them from files only.
    """
    if is_verified and not authority and not certificate:
        return _of_system()
    try:
        return _made(authority, certificate, key, is_verified)
    except (ssl.SSLError, ValueError):
        words = "its kubeconfig holds a certificate or key that is none"
        raise ClusterError(member, words) from None


@lru_cache(maxsize=1024)
def _made(authority: bytes, certificate: bytes, key: bytes, is_verified: bool) -> ssl.SSLContext:
    """The same for the same: connections are kept by it."""
    context = _context(authority, is_verified)
    if certificate:
        _load(context, certificate, key)
    return context


@lru_cache(maxsize=1)
def _of_system() -> ssl.SSLContext:
    return _context(b"", True)


def _context(authority: bytes, is_verified: bool) -> ssl.SSLContext:
    if not is_verified:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context = ssl.create_default_context(cadata=authority.decode("ascii") if authority else None)
    # Newer Pythons refuse authorities without key identifiers, which many clusters have.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _load(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    descriptor, path = tempfile.mkstemp(prefix="gitopsd-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(certificate + b"\n" + key)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
