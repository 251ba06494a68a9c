"""A context as what requests need: address, headers, TLS, proxy, and until when.

Comes in: a `Context`. Goes out: a `Login`. This blocks: it reads files, runs plugins, and asks
identity providers. Tokens and passwords are the official package's; certificates are read here,
because there they would stand in temporary files for as long as the process lives.
"""

import base64
import binascii
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitopsd.edge.credentials import plugin
from gitopsd.edge.credentials.impersonation import Headers, impersonation
from gitopsd.edge.credentials.kubeconfig import Context
from gitopsd.edge.credentials.official import configuration, kube_config
from gitopsd.edge.credentials.proxy import check, proxy
from gitopsd.edge.credentials.tls import tls
from gitopsd.kube.body import dig
from gitopsd.model.errors import ClusterError

PLUGIN_S = 30.0

# What is read here and so kept from the official package.
_CERTIFICATES = (
    "certificate-authority",
    "certificate-authority-data",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "exec",
)
_LONGEST_EARLY_S = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Login:
    """How requests reach a member and who they come from; a new one is another one.

    `server_name` is the name in the certificate where that is not the address. `renew_at` is a
    time stamp, a while before all this expires at `ends_at`; None for never.
    """

    host: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    acts_as: Headers = ()
    tls: ssl.SSLContext | None = None
    server_name: str = ""
    proxy: str = field(default="", repr=False)
    renew_at: float | None = None
    ends_at: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether it is time for another one."""
        return self.renew_at is not None and now >= self.renew_at

    def is_over(self, now: float) -> bool:
        """Whether nobody takes it any more."""
        return self.ends_at is not None and now >= self.ends_at

    def says_the_same(self, other: "Login") -> bool:
        """Whether requests cannot tell them apart."""
        return all(
            getattr(self, name) == getattr(other, name)
            for name in ("host", "headers", "acts_as", "tls", "server_name", "proxy", "renew_at")
        )


def login(context: Context, member: str) -> Login:
    """What the context says now; raises ClusterError where that cannot be had."""
    issued = _issued(context, member)
    found = _configured(context, member)
    way = proxy(
        context.server,
        str(context.cluster.get("proxy-url") or ""),
        found.proxy or "",
        found.no_proxy or "",
    )
    check(member, way)
    return Login(
        host=context.server,
        headers=_headers(issued, found.api_key["BearerToken"], member),
        acts_as=impersonation(context.user, member),
        tls=_tls(context, issued, member, found.verify_ssl),
        server_name=str(context.cluster.get("tls-server-name") or ""),
        proxy=way,
        renew_at=_renew_at(issued.expires if issued else None),
        ends_at=issued.expires if issued else None,
    )


def _headers(issued: plugin.Issued | None, configured: str, member: str) -> Mapping[str, str]:
    said = f"Bearer {issued.token}" if issued and issued.token else configured
    said = said.strip()
    if not said:
        return {}
    if not said.isprintable() or not said.isascii():
        raise ClusterError(member, "its token holds letters that no token has")
    return {"Authorization": said}


def _issued(context: Context, member: str) -> plugin.Issued | None:
    """What a plugin gave; None where the user has none, or another way that goes before it."""
    user = context.user
    if not user.get("exec") or any(
        user.get(key) for key in ("auth-provider", "token", "tokenFile")
    ):
        return None
    command = dig(user, "exec", "command")
    if context.plugins is not None and command not in context.plugins:
        words = f"--credential-plugins does not allow its credential plugin {command!r}"
        raise ClusterError(member, words, retry=False)
    return plugin.run(context, member, PLUGIN_S)


def _configured(context: Context, member: str) -> Any:
    """The official package's view, without what is read here."""
    _with_authorities(context.user)
    cluster, user = (
        {key: value for key, value in part.items() if key not in _CERTIFICATES}
        for part in (context.cluster, context.user)
    )
    if "tokenFile" in user:
        user.pop("token", None)  # as in kubectl; the package would take the other one
    named = {"cluster": "cluster", "user": "user"}
    loader = kube_config().KubeConfigLoader(
        {
            "current-context": context.name,
            "contexts": [{"name": context.name, "context": named}],
            "clusters": [{"name": "cluster", "cluster": cluster}],
            "users": [{"name": "user", "user": user}] if user else [],
        },
        config_base_path=context.folder,
    )
    found = configuration()
    found.api_key["BearerToken"] = ""
    try:
        loader.load_and_set(found)
    except Exception as error:
        words = f"its kubeconfig gives no credentials: {type(error).__name__}"
        raise ClusterError(member, words) from None
    return found


def _with_authorities(user: Mapping[str, Any]) -> None:
    """An identity provider without an authority of its own is held to those of the system.

    The official package would then take any certificate.
    """
    provider = user.get("auth-provider")
    settings = provider.get("config") if isinstance(provider, dict) else None
    if not isinstance(settings, dict) or "idp-issuer-url" not in settings:
        return
    if "idp-certificate-authority-data" not in settings:
        paths = ssl.get_default_verify_paths()
        settings.setdefault("idp-certificate-authority", paths.cafile or paths.openssl_cafile)


def _tls(
    context: Context, issued: plugin.Issued | None, member: str, is_verified: bool
) -> ssl.SSLContext | None:
    if not context.server.startswith("https://"):
        return None
    certificate = issued.certificate if issued else b""
    key = issued.key if issued else b""
    return tls(
        member,
        authority=_bytes(context.cluster, "certificate-authority", member),
        certificate=certificate or _bytes(context.user, "client-certificate", member),
        key=key or _bytes(context.user, "client-key", member),
        is_verified=is_verified,
    )


def _bytes(part: Mapping[str, Any], key: str, member: str) -> bytes:
    """What stands in the kubeconfig, or in the file that it names; empty for neither."""
    written, file = part.get(f"{key}-data"), part.get(key)
    try:
        if isinstance(written, str) and written:
            return base64.b64decode("".join(written.split()), validate=True)
        if isinstance(file, str):
            with open(file, "rb") as opened:
                return opened.read()
    except (binascii.Error, ValueError):
        raise ClusterError(member, f"{key}-data of its kubeconfig is no base64") from None
    except OSError as error:
        raise ClusterError(member, f"cannot read {file}: {error.strerror}") from None
    return b""


def _renew_at(expires: float | None) -> float | None:
    """A minute before the end, or less where all lasts only minutes."""
    if expires is None:
        return None
    return expires - min(_LONGEST_EARLY_S, max(expires - time.time(), 0) / 5)
