"""Where clones are kept: a folder for each URL and purpose, for this user only, locked.

A second process with the same cache folder works in a folder of its own that goes with it.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import IO

from gitopsd.model.errors import UsageError


class Folders:
    """Numbered clones: the newest counts, older ones are removed, `new.git` was never finished."""

    def __init__(self, cache: Path | None, url: str, purpose: str) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()[:20]
        self._lock: IO[str] | None = None
        locked = self._locked(cache / "git" / name / purpose) if cache else None
        self.path = locked or Path(tempfile.mkdtemp(prefix="gitopsd-git-"))
        if locked is None:
            weakref.finalize(self, shutil.rmtree, self.path, True)
        shutil.rmtree(self.new, ignore_errors=True)
        for left in self.path.glob("*.git/**/*.lock"):
            left.unlink(missing_ok=True)
        self.forget_former()

    @property
    def new(self) -> Path:
        """Where a clone is made."""
        return self.path / "new.git"

    @property
    def current(self) -> Path | None:
        """The newest finished clone; None while there is none."""
        found = self._finished()
        return found[-1] if found else None

    def finish(self) -> Path:
        """`new` becomes the current one; the former stays until `forget_former`."""
        number = int(self.current.stem) + 1 if self.current else 1
        target = self.new.with_name(f"{number:06}.git")
        self.new.rename(target)
        return target

    def forget_former(self) -> None:
        """Removes all finished clones but the current one."""
        for former in self._finished()[:-1]:
            shutil.rmtree(former, ignore_errors=True)

    def close(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _finished(self) -> list[Path]:
        return sorted(self.path.glob("[0-9]*.git"))

    def _locked(self, path: Path) -> Path | None:
        """The folder, made and locked; None when another process has it."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            for each in (path, path.parent):
                each.chmod(0o700)
            lock = (path / "lock").open("w")
        except OSError as error:
            raise UsageError("--cache", f"{path}: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            return None
        os.set_inheritable(lock.fileno(), False)
        self._lock = lock
        return path
