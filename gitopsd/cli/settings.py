"""THE OPERATOR'S WORD: what the flags of a command say, as one `Config`.

Comes in: filled flags and the environment. Goes out: `Config`. What flags say together that cannot
be is refused here.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitopsd.model.config import Config
from gitopsd.model.errors import UsageError
from gitopsd.model.host import Host
from gitopsd.model.trust import Rewrites, Verify

_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def config(args: argparse.Namespace, environ: Mapping[str, str] = os.environ) -> Config:
    """The operator's word as these flags say it; the origin of the repository one stands in
    where neither `--repo` nor `--worktree` is given.

    Raises UsageError where there is no repository at all, or two of them.
    """
    given = vars(args)
    if given.get("repo") and given.get("worktree"):
        raise UsageError("--worktree", "--repo names a repository already; give one of the two")
    worktree: Path | None = given.get("worktree")
    return Config(
        repo=given.get("repo") or ("" if worktree else _origin()),
        branch=given.get("branch") or "",
        worktree=worktree,
        instance=_instance(given.get("instance") or "default"),
        git_token_file=given.get("git_token_file"),
        git_ca_file=given.get("git_ca_file"),
        ssh_key_file=given.get("ssh_key_file"),
        known_hosts_file=given.get("known_hosts_file"),
        kubeconfig=given.get("kubeconfig") or _kubeconfig(environ),
        clusters_dir=given.get("clusters_dir"),
        credential_plugins=given.get("credential_plugins"),
        age_key_files=given.get("age_key_file") or (),
        host=_host(environ),
        cache=given.get("cache") or _cache(environ),
        interval_s=given.get("interval") or 60.0,
        publish_interval_s=_or(given.get("publish_interval"), 10.0),
        listen=given.get("listen") or "off",
        publish=not (given.get("no_publish") or worktree),
        take_over_from=given.get("take_over_from") or "",
        webhook_secret_file=given.get("webhook_secret_file"),
        **trust(given),
        review=given.get("review") or "",
        host_url=given.get("host_url") or "",
        host_token_file=given.get("host_token_file"),
    )


def trust(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who must have signed; raises UsageError for demands that nothing can satisfy."""
    verify = Verify(given.get("verify") or Verify.NOTHING)
    rewrites = Rewrites(given.get("force_push") or Rewrites.ALLOW)
    files = {name: given.get(name) for name in ("allowed_signers", "gpg_keys", "revoked_keys")}
    if given.get("worktree") and (verify is not Verify.NOTHING or rewrites is not Rewrites.ALLOW):
        raise UsageError("--worktree", "a folder has neither signatures nor a history to look at")
    if verify is Verify.NOTHING:
        for name, path in files.items():
            if path is not None:
                words = "says whom to trust, but nothing is verified; add --verify head"
                raise UsageError(f"--{name.replace('_', '-')}", words)
    elif files["allowed_signers"] is None and files["gpg_keys"] is None:
        raise UsageError("--verify", "needs --allowed-signers, --gpg-keys or both")
    if files["revoked_keys"] and not files["allowed_signers"]:
        raise UsageError("--revoked-keys", "goes with --allowed-signers; OpenPGP keys revoke alone")
    return {"verify": verify, "force_push": rewrites, **files}


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def _instance(name: str) -> str:
    from gitopsd.model.instance import why_no_instance

    if wrong := why_no_instance(name):
        raise UsageError("--instance", wrong)
    return name


def _origin() -> str:
    from gitopsd.edge.git import origin

    url = origin(Path.cwd())
    if not url:
        raise UsageError("--repo", "not given, and here is no git repository with an origin")
    return url


def _kubeconfig(environ: Mapping[str, str]) -> Path | None:
    if named := environ.get("KUBECONFIG"):
        return Path(named)
    usual = Path.home() / ".kube" / "config"
    return usual if usual.is_file() else None


def _host(environ: Mapping[str, str]) -> Host | None:
    """What Kubernetes tells its pods; None for one without a token of its account."""
    name, port = (environ.get(f"KUBERNETES_SERVICE_{part}", "") for part in ("HOST", "PORT"))
    if not (name and port and (_SERVICE_ACCOUNT / "token").is_file()):
        return None
    address = f"[{name}]" if ":" in name else name
    return Host(f"https://{address}:{port}", _SERVICE_ACCOUNT)


def _cache(environ: Mapping[str, str]) -> Path:
    named = environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "gitopsd"
