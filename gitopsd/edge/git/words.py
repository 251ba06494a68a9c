"""The library's errors as ours, in words that say what would be right.

Comes in: an exception of pygit2 and what it was about. Goes out: a SourceError or PublishError.
"""

import re

from gitopsd.model.errors import SourceError

_SECRETS = re.compile(r"(?<=://)[^/@\s]+@")

# What libgit2 says -> what a person can do about it. The first that matches counts.
_ADVICE = (
    (
        r"not owned by current user",
        "belongs to another user, and git's library refuses it; run "
        "`git config --global --add safe.directory FOLDER` as the user that runs gitopsd",
    ),
    (
        r"object ?format|unsupported extension|invalid repository format|sha256|unknown object",
        "has a format that git's library does not know (sha256, reftable or a partial clone); "
        "use a mirror made by a plain `git clone --mirror`",
    ),
    (r"(status code|HTTP): 40[13]|authentication required|Unauthorized", "refused the credentials"),
    (r"could not find repository|repository not found at", "is no git repository"),
    (
        r"passphrase|private key file|public key from private",
        "cannot use the key of --ssh-key-file; it must be a private key without a passphrase",
    ),
    (
        r"(status code|HTTP): 404|repository not found|could not read refs",
        "is not there, or not for these credentials",
    ),
    (r"too many redirects|cannot redirect", "redirects to another place; give that URL instead"),
    (
        r"hostkey|host key|known_hosts|-17\b",
        "its ssh host key is not the one of --known-hosts-file; add it with `ssh-keyscan` "
        "after comparing it with what the host publishes",
    ),
    (r"SSL certificate|certificate", "its certificate is not trusted; see --git-ca-file"),
    (
        r"timed out|temporarily unavailable|Operation timed out|timeout",
        "did not answer in time",
    ),
    (r"resolve", "has a host name that cannot be resolved"),
    (r"failed to connect|Connection refused|unreachable", "cannot be connected to"),
)


def in_our_words(error: Exception, subject: str) -> SourceError:
    """An error of git's library as ours."""
    said = _SECRETS.sub("", " ".join(str(error).split()))
    for pattern, advice in _ADVICE:
        if re.search(pattern, said, re.I):
            return SourceError(subject, advice)
    return SourceError(subject, said or type(error).__name__)
