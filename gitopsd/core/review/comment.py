"""The plan as one comment on a pull request.

What destroys is never folded and never left out for length before all else was; what is equal on
many clusters stands once with all of them. A comment of the same proposal is found again by its
first line, which nobody sees.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitopsd.core.gate.guards import HOLDS_CONTENT
from gitopsd.core.review.findings import (
    COUNTED,
    WORDS,
    Difference,
    Moved,
    alike,
    approval,
    by_kind,
    course,
    differences,
    foot,
    moved,
    named,
    plural,
    problem,
    rows,
    some,
    summed,
    verdict,
    warnings,
)
from gitopsd.core.review.fit import LIMITS, Block, End, fitted
from gitopsd.core.review.markdown import fenced, folded, plain
from gitopsd.kube import yaml
from gitopsd.model.changes import Changes, Preview
from gitopsd.model.resource import ResourceKey
from gitopsd.model.rollout import StagePlan

# What is worth least is shortened first; an approval is printed by a command too.
_APPROVAL, _DIFFERENCE, _REASON, _CREATED, _SAID, _DESTROYED = range(6)
_FEW = 3
_IN_A_LINE = 20
# What the first line of every comment of ours begins with.
MARKED = "<!-- gitopsd-plan:"
_MADE = re.compile(r"^made at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", re.M)


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a comment is to stand: its first line, the host's limit, where the whole plan is.

    `is_heard`: words of people there are read, so that they may approve by these.
    """

    marker: str = ""
    most: int = LIMITS["github"]
    link: str = ""
    is_heard: bool = False


def made_at(body: str) -> datetime | None:
    """When the plan of a comment of ours was made; None where it does not say."""
    found = _MADE.search(body)
    return datetime.fromisoformat(found[1]) if found else None


def marker(words: str) -> str:
    """The hidden first line for a proposal, such as `default/shop/fleet/12`."""
    return f"{MARKED}{re.sub(r'[^A-Za-z0-9._/@:+-]|--+', '-', words)} -->"


def comment(preview: Preview, terms: Terms) -> str:
    """The plan in Markdown, no longer than the host takes."""
    changes = preview.changes
    found = differences(changes)
    blocks = [
        Block((terms.marker,)),
        Block((f"**{plain(verdict(preview))}**",)),
        Block((_table(changes),)),
        *_section("Placement", [_placed(each) for each in moved(changes.moves)]),
        *_section("Stages", [_staged(each) for each in preview.stages]),
        *_section("Deletes and recreates", list(_destroyed(found))),
        *_section("Needs approval", list(_guarded(preview, terms))),
        *_section("Changes", [_changed(same) for same in alike(found)]),
        *_section("Creates", list(_created(found))),
        *_section("Hooks that would run", [_line(each) for each in preview.hooks]),
        *_section("Warnings", [_line(each) for each in warnings(preview)]),
        *_section("Problems", [_line(problem(each)) for each in changes.problems]),
    ]
    return fitted(blocks, End("  \n".join(map(plain, foot(preview))), _note(terms)), terms.most)


def _section(title: str, blocks: Sequence[Block]) -> Iterable[Block]:
    return (Block((f"### {title}",)), *blocks) if blocks else ()


def _table(changes: Changes) -> str:
    found = rows(changes)
    if not found:
        return ""
    lines = [("cluster", *(WORDS[action] for action in COUNTED))]
    lines += [(plain(name), *map(str, figures)) for name, figures in found]
    shown = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([shown[0], "|---|" + "---:|" * len(COUNTED), *shown[1:]])


def _placed(move: Moved) -> Block:
    steps = [f"{name} {before} → {after}" for name, before, after in move.steps]
    head = f"- {plain(named(move.keys))}: {plain(some(steps))}"
    reasons = [
        f"  - {plain(some(each.clusters))}: {plain(each.words)}"
        + (f" ({plain(each.rule)})" if each.rule else "")
        for each in move.reasons
    ]
    head += f"  \n  {plain(move.cause)}"
    return Block(("\n".join([head, *reasons]), head, ""), (_REASON, len(move.steps)))


def _staged(stage: StagePlan) -> Block:
    """One that waits for a person is never left out."""
    head = f"- {plain(stage.name)}: {plain(some(stage.clusters))}"
    whole = f"{head}  \n  {plain(course(stage))}"
    return Block((whole,)) if stage.asks else Block((whole, head), (_REASON,))


def _destroyed(found: Iterable[Difference]) -> Iterable[Block]:
    """Deletions by the clusters they are on, then what is made anew, with its difference."""
    together: dict[tuple[tuple[str, ...], str], list[Difference]] = {}
    for each in found:
        if each.action == "delete":
            together.setdefault((each.clusters, each.held), []).append(each)
    for (clusters, held), same in together.items():
        where = f"on {plain(', '.join(clusters))}{_held(held)}"
        if len(same) == 1:
            yield Block((f"- delete {plain(str(same[0].key))} {where}",))
            continue
        keys = sorted((each.key for each in same), key=lambda key: key[:2] not in HOLDS_CONTENT)
        lines = [f"  - {each}" for each in _by_kind("delete", keys)]
        whole = "\n".join([f"- {plural(len(same), 'object')} {where}", *lines])
        yield Block((whole,))
    for each in found:
        if each.action == "recreate":
            head = f"- recreate {_where(each)}"
            forms = (f"{head}\n\n{fenced(each.lines, 'diff')}", head) if each.lines else (head,)
            yield Block(forms, (_DESTROYED,))


def _guarded(preview: Preview, terms: Terms) -> Iterable[Block]:
    """Each guard, and the object that a person commits to let its deletions pass."""
    if not preview.guards:
        return
    for guard in preview.guards:
        yield Block((f"- {plain(guard)}",))
    name = preview.changes.deletion_hash
    said = f"says `/gitopsd approve {name[:16]}` here, or " if terms.is_heard else ""
    how = f"Whoever allows this {said}commits what `gitopsd plan --approval` prints"
    document = fenced(yaml.dump(approval(preview.changes)).splitlines(), "yaml")
    whole = f"{how}:\n\n{folded(f'approvals/{name[:16]}.yaml', document)}"
    yield Block((whole, f"{how}."), (_APPROVAL,))


def _changed(same: Sequence[Difference]) -> Block:
    """Objects that change alike on the same clusters, behind a title, with their difference."""
    each = same[0]
    keys, clusters = [one.key for one in same], some(each.clusters)
    title = f"change {summed(keys)} on {clusters}"
    short = f"- {plain(title)}"
    if not each.lines and len(keys) == 1:
        return Block((f"- change {_where(each)}", short, ""), (_DIFFERENCE, len(each.clusters)))
    body = "\n".join(f"- {line}" for line in _by_kind("change", keys)) if len(keys) > 1 else ""
    if clusters != ", ".join(each.clusters):
        body = "\n\n".join(filter(None, (f"on {plain(', '.join(each.clusters))}", body)))
    if each.lines:
        is_same = all(one.lines == each.lines for one in same)
        which = "" if is_same else f"as of {plain(str(each.key))}, the others alike:"
        body = "\n\n".join(filter(None, (body, which, fenced(each.lines, "diff"))))
    worth = (_DIFFERENCE, len(each.clusters) * len(keys), -len(each.lines))
    return Block((folded(title, body), short, ""), worth)


def _created(found: Iterable[Difference]) -> Iterable[Block]:
    """What is new, by the clusters that get it; more than a few behind a title."""
    together: dict[tuple[str, ...], list[Difference]] = {}
    for each in found:
        if each.action == "create":
            together.setdefault(each.clusters, []).append(each)
    for clusters, same in together.items():
        keys = [each.key for each in same]
        lines = "\n".join(f"- {line}" for line in _by_kind("create", keys))
        title = f"create {summed(keys)} on {some(clusters)}"
        short = f"- {plain(title)}"
        if len(same) <= _FEW:
            yield Block(
                ("\n".join(f"- create {_where(each)}" for each in same), short, ""), (_CREATED,)
            )
            continue
        if some(clusters) != ", ".join(clusters):
            lines = f"on {plain(', '.join(clusters))}\n\n{lines}"
        yield Block((folded(title, lines), short, ""), (_CREATED, len(clusters)))


def _by_kind(action: str, keys: Iterable[ResourceKey]) -> Iterable[str]:
    """All names, those of a kind together, in lines that are not too long."""
    for kind, names in by_kind(keys).items():
        for start in range(0, len(names), _IN_A_LINE):
            yield plain(f"{action} {kind} {', '.join(names[start : start + _IN_A_LINE])}")


def _where(each: Difference) -> str:
    return f"{plain(str(each.key))} on {plain(', '.join(each.clusters))}{_held(each.held)}"


def _held(guard: str) -> str:
    return f" (held: {plain(guard)})" if guard else ""


def _line(words: str) -> Block:
    return Block((f"- {plain(words)}", ""), (_SAID,))


def _note(terms: Terms) -> str:
    whole = f"[the whole plan]({terms.link})" if terms.link else "`gitopsd plan` shows all of it"
    return f"_This is too long for one comment, so the least of it is left out; {whole}._"
