"""What `deploy/` tells people to apply and to type does what its first lines say."""

import os
import re
import subprocess
from pathlib import Path

from servers import binaries
from servers.member import ADMIN, Member, write_kubeconfig
from servers.waiting import wait_until

DEPLOY = Path(__file__).parents[2] / "deploy"
VOLUME = {
    "apiVersion": "v1",
    "kind": "PersistentVolume",
    "metadata": {"name": "cache-of-gitopsd"},
    "spec": {
        "capacity": {"storage": "2Gi"},
        "accessModes": ["ReadWriteOnce"],
        "hostPath": {"path": "/cache"},
        "claimRef": {"name": "cache-gitopsd-0", "namespace": "gitopsd-system"},
    },
}


def test_the_daemons_pod_is_let_in_and_starts(member1: Member) -> None:
    member1.ask("POST", "/api/v1/persistentvolumes", VOLUME)

    member1.kubectl("apply", "--server-side", "--validate=strict", f"-f{DEPLOY / 'daemon.yaml'}")

    path = "/apis/apps/v1/namespaces/gitopsd-system/statefulsets/gitopsd"
    assert wait_until(
        lambda: member1.get(path)["status"].get("readyReplicas") == 1,
        seen=lambda: member1.kubectl("describe", "statefulset,pod", "-n", "gitopsd-system"),
    )


def test_the_lines_for_a_member_make_a_login_with_all_rights(
    member2: Member, tmp_path: Path
) -> None:
    write_kubeconfig([member2], tmp_path / "admin.yaml", ADMIN)
    head = (DEPLOY / "member.yaml").read_text().partition("apiVersion")[0]
    lines = "\n".join(re.findall(r"^#   (\S.*)$", head, re.M)).replace("eu-1", "member2")
    (tmp_path / "deploy").symlink_to(DEPLOY)
    programs = f"{Path(binaries.kubectl()).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "admin.yaml"), "PATH": programs}

    subprocess.run(["bash", "-euc", lines], cwd=tmp_path, env=environment, check=True, timeout=60)

    login = f"--kubeconfig={tmp_path / 'member2'}"
    assert member2.kubectl("auth", "can-i", "*", "*", login).strip() == "yes"
    assert "system:serviceaccount:gitopsd-system:gitopsd" in member2.kubectl(
        "auth", "whoami", login
    )
