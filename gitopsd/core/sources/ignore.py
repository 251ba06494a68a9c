"""`.gitopsdignore`: which paths a repository does not want read, in the language of .gitignore.

Comes in: the ignore files by their folder. Goes out: whether a path is left out. The nearest file
and in it the last line that matches decides; below a folder that is left out nothing comes back.
See https://git-scm.com/docs/gitignore.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = ".gitopsdignore"

_ANY_FOLDERS = "(?:.*/)?"
_MOST_FOLDERS = 4
_SET = re.compile(r"\[([!^]?)(\]?[^\]/]*)\]")
_SPECIAL = re.compile(r"[\\\[\]^]")


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    leaves_out: bool
    folders_only: bool


class Ignore:
    """The ignore files of one tree, by folder (empty for the root), ready to be asked."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._rules = {folder: rules_of(text) for folder, text in files.items()}
        self._folders: dict[str, bool] = {"": False}

    def leaves_out(self, path: str) -> bool:
        """Whether a file is not read."""
        if not self._rules:
            return False
        folder = path.rpartition("/")[0]
        return self._is_out(folder) or self._decide(path, is_folder=False)

    def _is_out(self, folder: str) -> bool:
        found = self._folders.get(folder)
        if found is None:
            above = folder.rpartition("/")[0]
            found = self._is_out(above) or self._decide(folder, is_folder=True)
            self._folders[folder] = found
        return found

    def _decide(self, path: str, *, is_folder: bool) -> bool:
        folder = path.rpartition("/")[0]
        while True:
            below = path[len(folder) + 1 :] if folder else path
            for rule in reversed(self._rules.get(folder, ())):
                if rule.folders_only and not is_folder:
                    continue
                if rule.pattern.fullmatch(below):
                    return rule.leaves_out
            if not folder:
                return False
            folder = folder.rpartition("/")[0]


def rules_of(text: str) -> tuple[_Rule, ...]:
    """The rules of an ignore file in its order; blank lines and comments are none."""
    rules = (_rule(line) for line in text.removeprefix("\ufeff").splitlines())
    return tuple(rule for rule in rules if rule)


def _rule(line: str) -> _Rule | None:
    line = re.sub(r"(?<!\\)[ \t]+$", "", line)
    if not line or line.startswith("#"):
        return None
    leaves_out = not line.startswith("!")
    if not leaves_out:
        line = line[1:]
    folders_only = line.endswith("/")
    line = line.rstrip("/") if folders_only else line
    if not line:
        return None
    anchored = "/" in line
    line = line.lstrip("/")
    line = "*" if line == "**" else re.sub(r"(?:\*\*/)+", "**/", line)
    if line.count("**/") > _MOST_FOLDERS:
        return None
    pattern = _expression(line)
    if line.endswith("/**"):
        pattern = f"{_expression(line[:-3])}/.+"
    try:
        compiled = re.compile(pattern if anchored else f"{_ANY_FOLDERS}{pattern}", re.DOTALL)
    except re.error:
        return None
    return _Rule(compiled, leaves_out, folders_only)


def _expression(glob: str) -> str:
    """The regular expression of a glob; it never tries more than one way for all stars but the
    last of a name, so no name can make it slow.
    """
    return "/".join(_of_name(name) for name in glob.split("/")).replace(
        f"{_ANY_FOLDERS}/", _ANY_FOLDERS
    )


def _of_name(glob: str) -> str:
    """One part of a path. `**` alone means any folders, or all that is below."""
    if glob == "**":
        return _ANY_FOLDERS
    first, *others = _pieces(glob)
    made = [first]
    for piece in others[:-1]:
        made.append(f"(?>[^/]*?{piece})")
    return "".join([*made, *(f"[^/]*{piece}" for piece in others[-1:])])


def _pieces(glob: str) -> list[str]:
    """What stands between the stars of a name, as regular expressions."""
    pieces = [""]
    at = 0
    while at < len(glob):
        if glob[at] == "*":
            pieces.append("")
            at += 1
        elif glob[at] == "?":
            pieces[-1] += "[^/]"
            at += 1
        elif found := _SET.match(glob, at):
            inverse = "^/" if found[1] else ""
            pieces[-1] += f"[{inverse}{_SPECIAL.sub(_escaped, found[2])}]"
            at = found.end()
        else:
            at += glob[at] == "\\" and at + 1 < len(glob)
            pieces[-1] += re.escape(glob[at])
            at += 1
    return pieces


def _escaped(found: re.Match[str]) -> str:
    return f"\\{found[0]}"
