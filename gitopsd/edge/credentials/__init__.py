"""CREDENTIALS: where a member is, how it proves itself, and how we do.

`find.py` says which credentials a cluster has, `kubeconfig.py` reads what a context says,
`secret.py` what a Secret does (`host.py`: one of the cluster that we run in),
`login.py` makes of it what requests need, `plugin.py` runs credential plugins, `tls.py` and
`proxy.py` see to the way there; `credentials.py` keeps it all fresh. The official package does
what it does well (`official.py`): merging files, tokens, identity providers.
"""

from gitopsd.edge.credentials.credentials import Credentials
from gitopsd.edge.credentials.find import from_kubeconfig, of_cluster
from gitopsd.edge.credentials.kubeconfig import contexts
from gitopsd.edge.credentials.login import Login

__all__ = ["Credentials", "Login", "contexts", "from_kubeconfig", "of_cluster"]
