"""A Secret as credentials: `token` and `caBundle`, as a Cluster names it in `spec.secretRef`.

It stands in the cluster that we run in, else in the repository. A commit says where the member is,
so the token is only sent to a server that `caBundle` vouches for.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from gitopsd.edge.credentials.host import secret
from gitopsd.edge.credentials.kubeconfig import Context, Seen
from gitopsd.kube.body import Body, dig
from gitopsd.model.cluster import Cluster
from gitopsd.model.errors import ClusterError
from gitopsd.model.host import Host
from gitopsd.model.token import Token


@dataclass(frozen=True, slots=True)
class InSecret:
    """A Secret as a source; it is read anew when the member refuses what it said."""

    cluster: Cluster
    host: Host | None
    token: Token | None = field(repr=False)

    def first(self) -> Seen:
        """The address alone."""
        return Seen(self._context(None))

    def has_changed(self, seen: Seen) -> bool:
        """Only once somebody refuses a token there is another one."""
        return not seen.context.user

    def again(self, seen: Seen) -> Seen:
        """What the Secret says; raises ClusterError where there is none."""
        cluster = self.cluster
        assert cluster.secret_ref is not None
        found = secret(self.host, cluster) if self.host else None
        if found is not None:
            return Seen(self._context((_read(found, "token"), _read(found, "caBundle"))))
        if self.token is None:
            raise ClusterError(cluster.name, no_secret(cluster, self.host))
        return Seen(self._context((self.token.text, self.token.authority.decode())))

    def _context(self, said: tuple[str, str] | None) -> Context:
        place: dict[str, str] = {"server": self.cluster.api_endpoint.rstrip("/")}
        if self.cluster.proxy_url:
            place["proxy-url"] = self.cluster.proxy_url
        if said is None:
            return Context(self.cluster.name, place["server"], place, {}, "", ())
        token, authority = said
        if not token or not authority:
            words = "the Secret of its credentials lacks token or caBundle"
            raise ClusterError(self.cluster.name, words)
        place["certificate-authority-data"] = b64encode(authority.encode()).decode()
        user = {"token": token}
        return Context(self.cluster.name, place["server"], place, user, "", ())


def no_secret(cluster: Cluster, host: Host | None) -> str:
    """That the Secret is nowhere, and where it was sought."""
    name = "/".join(cluster.secret_ref or ())
    where = "the cluster of this daemon and the repository" if host else "the repository"
    return f"there is no Secret {name} in {where} that could be read"


def _read(found: Body, key: str) -> str:
    try:
        return b64decode(dig(found, "data", key, default="")).decode().strip()
    except ValueError:
        return ""
