"""Files with secrets of the operator, read each time so that they may be renewed meanwhile."""

from pathlib import Path

from gitopsd.model.errors import UsageError

_MOST = 8
_LONGEST = 64 << 10


def secrets(flag: str, file: Path) -> tuple[str, ...]:
    """The secrets of a file, one per line: more than one while they are exchanged.

    Raises UsageError, which names the flag and never quotes, where there is none, or no file.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST)
    except OSError as error:
        raise UsageError(flag, f"{file} cannot be read: {error.strerror}") from None
    found = tuple(line.strip() for line in content.decode(errors="replace").splitlines())
    found = tuple(line for line in found if line)
    if not found:
        raise UsageError(flag, f"{file} is empty; it holds a secret in each line")
    if len(found) > _MOST:
        raise UsageError(flag, f"{file} has more than {_MOST} lines; it holds a secret in each")
    return found
