"""What would be if clusters failed, in words: for a terminal, in Markdown, for programs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitopsd.core.review.findings import moved, named, plural, some
from gitopsd.core.review.fit import LIMITS, Block, End, fitted
from gitopsd.core.review.markdown import plain
from gitopsd.core.review.value import move_value
from gitopsd.core.review.whatif import Loss, Shortage, Supposed
from gitopsd.model.decision import Share
from gitopsd.model.resource import ResourceKey

_UNMEASURED = "is not known: members are measured for policies that ask for it, and by --live"


def verdict(seen: Supposed) -> str:
    """One line: what failed, and how much of what that would mean."""
    lost = f"{plural(len(seen.down), 'cluster')} of {seen.of}"
    counts = (
        f"{len(seen.moved)} would move",
        f"{len(seen.fewer)} go on with fewer copies",
        f"{len(seen.waiting)} stay down",
        f"{len(seen.placeless)} find no place",
    )
    short = len({each.key for each in seen.short})
    return (
        f"If {', '.join(seen.down)} failed ({lost}): of the workloads {', '.join(counts)}; "
        f"{short} short of capacity"
    )


def text(seen: Supposed) -> str:
    """For a terminal, everything."""
    parts = [[verdict(seen)]]
    for title, lines in _sections(seen):
        parts.append([title, *(f"  {line}" for line in lines)])
    return "\n\n".join("\n".join(part) for part in parts)


def markdown(seen: Supposed) -> str:
    """For a comment."""
    blocks = [Block((f"**{plain(verdict(seen))}**",))]
    for number, (title, lines) in enumerate(_sections(seen)):
        blocks.append(Block((f"### {title}",)))
        blocks += [Block((_item(line), ""), (-number,)) for line in lines]
    return fitted(blocks, End("", "_There is more; the text has all of it._"), LIMITS["github"])


def value(seen: Supposed) -> Mapping[str, Any]:
    """For programs."""
    return {
        "down": list(seen.down),
        "clusters": seen.of,
        "unmeasured": list(seen.unmeasured),
        "moves": [move_value(each) for each in seen.moved],
        "fewerCopies": [_loss(each) for each in seen.fewer],
        "stayDown": [_loss(each) for each in seen.waiting],
        "noPlace": [_loss(each) for each in seen.placeless],
        "shortOfCapacity": [
            {"object": each.key.id, "cluster": each.cluster, "more": each.more, "fit": each.fit}
            for each in seen.short
        ],
        "otherObjects": seen.others,
    }


def _item(line: str) -> str:
    return f"{'  ' if line.startswith(' ') else ''}- {plain(line.strip())}"


def _sections(seen: Supposed) -> Iterable[tuple[str, Sequence[str]]]:
    """What is worst first; only what there is."""
    remarks = []
    if seen.others:
        remarks.append(f"{plural(seen.others, 'object')} of other kinds there, gone with it")
    if seen.unmeasured:
        remarks.append(f"how much room there is on {some(seen.unmeasured)} {_UNMEASURED}")
    found: tuple[tuple[str, Sequence[str]], ...] = (
        ("No place", _losses(seen.placeless)),
        ("Short of capacity", _shortages(seen.short)),
        ("Stay down", _losses(seen.waiting)),
        ("Moves", list(_moves(seen))),
        ("Fewer copies", _losses(seen.fewer)),
        ("Besides", remarks),
    )
    return ((title, lines) for title, lines in found if lines)


def _moves(seen: Supposed) -> Iterable[str]:
    for move in moved(seen.moved):
        steps = ", ".join(f"{name} {before} → {after}" for name, before, after in move.steps)
        yield f"{named(move.keys)}: {steps}"
        for reason in move.reasons:
            if not set(reason.clusters) <= set(seen.down):
                rule = f"  ({reason.rule})" if reason.rule else ""
                yield f"    {some(reason.clusters)}: {reason.words}{rule}"


def _shortages(short: Iterable[Shortage]) -> list[str]:
    """Where how many fit; objects of which as many fit once."""
    alike: dict[tuple[str, int, int], list[ResourceKey]] = {}
    for each in short:
        alike.setdefault((each.cluster, each.fit, each.more), []).append(each.key)
    return [
        f"{named(keys)} on {cluster}: {fit} of {more} more fit{' each' if len(keys) > 1 else ''}"
        for (cluster, fit, more), keys in alike.items()
    ]


def _losses(losses: Iterable[Loss]) -> list[str]:
    """Each loss; what is lost alike for the same reason once."""
    alike: dict[tuple[tuple[Share, ...], str], list[ResourceKey]] = {}
    for loss in losses:
        alike.setdefault((loss.lost, loss.reason), []).append(loss.key)
    return [
        f"{named(keys)}: {', '.join(f'{share.replicas} on {share.cluster}' for share in lost)}; "
        f"{reason}"
        for (lost, reason), keys in alike.items()
    ]


def _loss(loss: Loss) -> Mapping[str, Any]:
    return {
        "object": loss.key.id,
        "lost": {share.cluster: share.replicas for share in loss.lost},
        "reason": loss.reason,
    }
