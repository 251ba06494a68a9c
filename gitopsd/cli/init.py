"""`gitopsd init DIR`: the files of a new repository, with hints for editors."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from gitopsd.cli import flags
from gitopsd.model.errors import UsageError

NAME = "init"
HELP = "make the files of a new repository"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", type=Path, help="where; made if it is not there")
    parser.add_argument(
        "--cluster",
        action="append",
        default=[],
        metavar="NAME",
        help="a member, by the name of its kubeconfig context; may be given more than once "
        "(default: member1)",
    )
    flags.add(parser)


def run(args: argparse.Namespace) -> int:
    from gitopsd.cli import bundled
    from gitopsd.kube.names import subdomain

    clusters = args.cluster or ["member1"]
    for name in clusters:
        if wrong := subdomain(name):
            raise UsageError("--cluster", wrong)
    schemas = {path: data.decode() for path, data in bundled.files(bundled.SCHEMA).items()}
    files = scaffold(clusters, schemas)
    for path in files:
        if (args.dir / path).exists():
            raise UsageError(str(args.dir / path), "is there already; nothing was written")
    for path, content in files.items():
        target = args.dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
        if not path.startswith("."):
            print(target)
    print(_NEXT.format(dir=args.dir))
    return 0


def scaffold(clusters: list[str], schemas: Mapping[str, str]) -> Mapping[str, str]:
    """Path to content of a repository that runs one small workload on all these clusters."""
    files = {"README.md": _README, "gitopsd.yaml": _hint("Configuration", "") + _CONFIGURATION}
    for name in clusters:
        files[f"clusters/{name}.yaml"] = _hint("Cluster", "../") + _CLUSTER.format(name=name)
    files["hello/hello.yaml"] = _HELLO
    files["hello/policy.yaml"] = _hint("PropagationPolicy", "../") + _POLICY
    return files | {f".gitopsd/schema/{name}": content for name, content in schemas.items()}


def _hint(kind: str, up: str) -> str:
    """The comment by which editors with a YAML language server find the schema."""
    return f"# yaml-language-server: $schema={up}.gitopsd/schema/{kind}.json\n"


_CONFIGURATION = """\
apiVersion: gitopsd.io/v1alpha1
kind: Configuration
metadata:
  name: gitopsd
spec:
  guards:
    # Deleting more than this on one member needs an approval.
    maxDeletedPercent: 20
    maxDeletedObjects: 5
"""
_CLUSTER = """\
apiVersion: cluster.karmada.io/v1alpha1
kind: Cluster
metadata:
  name: {name}
spec:
  syncMode: Push
"""
_HELLO = """\
apiVersion: v1
kind: Namespace
metadata:
  name: hello
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello
  namespace: hello
  labels:
    app: hello
spec:
  replicas: 2
  selector:
    matchLabels:
      app: hello
  template:
    metadata:
      labels:
        app: hello
    spec:
      containers:
        - name: nginx
          image: docker.io/library/nginx:1.28-alpine
          resources:
            requests:
              cpu: 10m
              memory: 16Mi
"""
_POLICY = """\
apiVersion: policy.karmada.io/v1alpha1
kind: PropagationPolicy
metadata:
  name: hello
  namespace: hello
spec:
  resourceSelectors:
    - apiVersion: apps/v1
      kind: Deployment
      name: hello
  placement:
    replicaScheduling:
      replicaSchedulingType: Duplicated
"""
_README = """\
# Desired state

Followed by gitopsd: `clusters/` names the members, everything else is what
they are to hold and the policies that say where. A Cluster is matched to the kubeconfig context of
the same name.

- `gitopsd validate` checks the files without any cluster.
- `gitopsd plan` shows what would change where.
- The branch `gitopsd/status` says what runs where, `gitopsd/rendered` what each member gets.
"""
_NEXT = """
Next:
  git -C {dir} init && git -C {dir} add . && git -C {dir} commit -m "First"
  gitopsd validate {dir}
  gitopsd run --repo file://$(realpath {dir})"""
