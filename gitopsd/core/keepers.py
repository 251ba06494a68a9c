"""What says on an object that nobody may prune it: our word, and those of other tools.

Comes in: a body, live or of the repository. Goes out: the word that keeps it; empty for none.
"""

from gitopsd.kube.body import Body, dig

# Key, value, and where it stands.
_KEEPERS = (
    ("gitopsd.io/prune", "disabled", "annotations"),
    ("client.lifecycle.config.k8s.io/deletion", "detach", "annotations"),
    ("cli-utils.sigs.k8s.io/on-remove", "keep", "annotations"),
    ("helm.sh/resource-policy", "keep", "annotations"),
    ("argocd.argoproj.io/sync-options", "Prune=false", "annotations"),
    ("kustomize.toolkit.fluxcd.io/prune", "disabled", "annotations"),
    ("resourcetemplate.karmada.io/deletion-protected", "Always", "labels"),
)


def keeper(body: Body) -> str:
    """The first word on the object that keeps it."""
    for name, value, where in _KEEPERS:
        said = dig(body, "metadata", where, name)
        if isinstance(said, str) and value in (each.strip() for each in said.split(",")):
            return f"{name}: {said}"
    return ""
