"""All that flags and the environment can set; read by `cli/` alone."""

from dataclasses import dataclass
from pathlib import Path

from gitopsd.model.host import Host
from gitopsd.model.instance import inventory_of
from gitopsd.model.trust import Rewrites, Verify

# Where the page is when nobody says so: this machine alone.
DEFAULT_LISTEN = "127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Config:
    """The operator's word. Times are seconds; a path None means that none was given.

    `host` is the cluster that this process runs in, None outside of one.
    """

    repo: str = ""
    branch: str = ""
    worktree: Path | None = None
    instance: str = "default"
    git_token_file: Path | None = None
    git_ca_file: Path | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None
    kubeconfig: Path | None = None
    clusters_dir: Path | None = None
    age_key_files: tuple[Path, ...] = ()
    host: Host | None = None
    cache: Path | None = None
    interval_s: float = 60.0
    publish_interval_s: float = 10.0
    listen: str = DEFAULT_LISTEN
    publish: bool = True
    take_over_from: str = ""
    credential_plugins: tuple[str, ...] | None = None
    webhook_secret_file: Path | None = None
    verify: Verify = Verify.NOTHING
    allowed_signers: Path | None = None
    gpg_keys: Path | None = None
    revoked_keys: Path | None = None
    force_push: Rewrites = Rewrites.ALLOW
    review: str = ""
    host_url: str = ""
    host_token_file: Path | None = None

    @property
    def field_manager(self) -> str:
        """The constant server-side-apply manager of this instance."""
        return "gitopsd" if self.instance == "default" else f"gitopsd-{self.instance}"

    @property
    def inventory_name(self) -> str:
        """Name of the ApplySet parent in namespace `gitopsd-system` of every member."""
        return inventory_of(self.instance)

    @property
    def status_branch(self) -> str:
        prefix = "gitopsd/" if self.instance == "default" else f"gitopsd/{self.instance}/"
        return f"{prefix}status"

    @property
    def rendered_branch(self) -> str:
        return self.status_branch.removesuffix("status") + "rendered"
