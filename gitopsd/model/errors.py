"""What the world does to us: exceptions, translated once at the edge that met them.

    GitopsdError                subject, reason, retry
    ├─ UsageError               the command line or its files are wrong (exit 2)
    ├─ SourceError              the git remote: unreachable, refused, ref gone, over a limit
    │  ├─ NoSuchRef             it answers, and has no such branch or tag
    │  └─ CommitRefused         it can be read, but must not be acted on (`refusal`)
    ├─ PublishError             a branch could not be pushed
    ├─ HostError                the API of a git host: unreachable, refused, asks for patience
    └─ ClusterError             the member as a whole: unreachable, unauthorised, wrong identity
       ├─ Throttled             429 or Retry-After: wait `wait_s`
       ├─ Elsewhere             another cluster answers than the one that is meant
       └─ ObjectError           one object on one member
          ├─ NotThere           404 on an object or a kind
          ├─ AlreadyThere       409 AlreadyExists on a create
          ├─ Conflict           409 Conflict: version or uid is another one; read again
          ├─ FieldConflict      409 FieldManagerConflict: others own fields (`causes`)
          ├─ Forbidden          403
          ├─ Rejected           400 and 422: permanent until the object changes (`causes`)
          │  └─ Immutable       the object is right, but cannot become so
          ├─ HoldsOthers        a deletion would take what is not ours with it
          ├─ TooLarge           413, or etcd's limit
          └─ Gone               410: a watch or a continue token is too old

A mistake in the repository is no exception but a `Problem`.
"""

from collections.abc import Mapping
from typing import Any

from gitopsd.model.trust import Refusal


class GitopsdError(Exception):
    """Something of the world failed; `retry` says whether waiting may help.

    `subject` names the thing touched (a URL without credentials, a cluster, an object), `reason`
    says what happened in words fit for users: no bodies, tokens or passwords.
    """

    def __init__(self, subject: str, reason: str, *, retry: bool = True) -> None:
        super().__init__(f"{subject}: {reason}")
        self.subject = subject
        self.reason = reason
        self.retry = retry


class UsageError(GitopsdError):
    """The command line, the environment or a file they name is wrong."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(subject, reason, retry=False)


class SourceError(GitopsdError):
    """The desired state could not be read; what was read before stays in force."""


class NoSuchRef(SourceError):
    """The remote answers, but has no such branch or tag, or no commit there yet."""


class CommitRefused(SourceError):
    """A commit is not signed as it must be, or rewrites history; what was accepted before stays."""

    def __init__(self, subject: str, refusal: Refusal) -> None:
        super().__init__(subject, str(refusal))
        self.refusal = refusal


class PublishError(GitopsdError):
    """A branch of ours could not be pushed; it is tried again with the newest content."""


class HostError(GitopsdError):
    """The API of a git host failed. `status` is 0 without answer, `wait_s` what it asked, if so."""

    def __init__(
        self,
        subject: str,
        reason: str,
        *,
        retry: bool = True,
        status: int = 0,
        wait_s: float = 0.0,
    ) -> None:
        super().__init__(subject, reason, retry=retry)
        self.status = status
        self.wait_s = wait_s


class ClusterError(GitopsdError):
    """A member failed as a whole; nothing is said of its objects. `status` is 0 without answer."""

    def __init__(self, subject: str, reason: str, *, retry: bool = True, status: int = 0) -> None:
        super().__init__(subject, reason, retry=retry)
        self.status = status


class Throttled(ClusterError):
    """The member asks for patience; not a failure. `wait_s` is what it asked, 1 at least."""

    def __init__(self, subject: str, reason: str, *, wait_s: float, status: int = 429) -> None:
        super().__init__(subject, reason, retry=True, status=status)
        self.wait_s = wait_s


class Elsewhere(ClusterError):
    """Another cluster answers than the one that is meant; it is not lost, and waiting may not help.

    What is ours there is not what is ours on the member.
    """

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(subject, reason, retry=False)


class ObjectError(ClusterError):
    """The member refused one object. `causes` and `details` are those of the Status answer."""

    def __init__(
        self,
        subject: str,
        reason: str,
        *,
        retry: bool = False,
        status: int = 0,
        causes: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        super().__init__(subject, reason, retry=retry, status=status)
        self.causes = causes


class NotThere(ObjectError):
    """404."""


class AlreadyThere(ObjectError):
    """409 AlreadyExists."""


class Conflict(ObjectError):
    """409 Conflict: the version or uid that was named is not the live one."""


class FieldConflict(ObjectError):
    """409 with FieldManagerConflict causes."""


class Forbidden(ObjectError):
    """403."""


class Rejected(ObjectError):
    """400 or 422."""


class Immutable(Rejected):
    """422 on what cannot be changed of an object that would be accepted if it were made anew."""


class TooLarge(ObjectError):
    """413, or the store's own limit."""


class HoldsOthers(ObjectError):
    """Deleting the object would delete something that is not ours; nothing was asked."""


class Gone(ObjectError):
    """410: start over with a list."""
