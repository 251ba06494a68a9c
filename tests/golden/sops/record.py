"""Encrypts every case anew with the real `sops`, for the keys that stand beside this file.

    python tests/golden/sops/record.py [CASE…]

Needs `sops` (3.13) in the PATH; `go install github.com/getsops/sops/v3/cmd/sops@v3.13.3` builds it.
A case is a folder with `plain.yaml` (or `.json`) and `rules.yaml`, the rules of sops; `encrypted`
is what sops makes of it, `decrypted` what sops makes of that. The keys protect these cases alone.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> None:
    wanted = set(sys.argv[1:])
    for plain in sorted(HERE.glob("*/plain.*")):
        case = plain.parent
        if not wanted or case.name in wanted:
            encrypted = case / f"encrypted{plain.suffix}"
            encrypted.write_bytes(_sops(case, "encrypt", plain.name))
            decrypted = case / f"decrypted{plain.suffix}"
            decrypted.write_bytes(_sops(case, "decrypt", encrypted.name))


def _sops(folder: Path, deed: str, file: str) -> bytes:
    command = ["sops", "--config", "rules.yaml", deed, file]
    environ = {**os.environ, "SOPS_AGE_KEY_CMD": f"cat {HERE}/keys.txt {HERE}/other-keys.txt"}
    return subprocess.run(command, cwd=folder, env=environ, check=True, stdout=-1).stdout


if __name__ == "__main__":
    main()
