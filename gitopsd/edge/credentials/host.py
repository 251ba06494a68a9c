"""The cluster that we run in: its Secrets, read with the account of our pod."""

import json
import ssl
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from gitopsd.kube.body import Body
from gitopsd.model.cluster import Cluster
from gitopsd.model.errors import ClusterError
from gitopsd.model.host import Host

_ANSWER_S = 10.0
_LONGEST = 2 * 1024 * 1024


def secret(host: Host, cluster: Cluster) -> Body | None:
    """The Secret that a Cluster names, None where there is none; this blocks.

    Raises ClusterError, without any of its content, where it cannot be read.
    """
    assert cluster.secret_ref is not None
    namespace, name = (quote(each, safe="") for each in cluster.secret_ref)
    subject = f"the Secret {namespace}/{name} of the cluster of this daemon"
    try:
        status, answer = _get(host, f"/api/v1/namespaces/{namespace}/secrets/{name}")
        found = json.loads(answer) if status == 200 else None
    except OSError as error:
        words = f"{subject} cannot be read: {error.strerror or type(error).__name__}"
        raise ClusterError(cluster.name, words) from None
    except (HTTPException, ValueError) as error:
        words = f"{subject} cannot be read: {type(error).__name__}"
        raise ClusterError(cluster.name, words) from None
    if status == 404:
        return None
    if not isinstance(found, dict):
        raise ClusterError(cluster.name, f"{subject} cannot be read: answer {status}")
    return found


def _get(host: Host, path: str) -> tuple[int, bytes]:
    token = (host.folder / "token").read_text().strip()
    tls = ssl.create_default_context(cafile=str(host.folder / "ca.crt"))
    tls.verify_flags &= ~ssl.VERIFY_X509_STRICT
    connection: Any = HTTPSConnection(urlsplit(host.url).netloc, timeout=_ANSWER_S, context=tls)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        return response.status, response.read(_LONGEST)
    finally:
        connection.close()
