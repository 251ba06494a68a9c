"""The plan as one comment on a pull request.

What destroys is never folded and never left out for length before all else was; what is equal on
many clusters stands once with all of them. A comment of the same proposal is found again by its
first line, which nobody sees.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gitopsd.core.review.findings import (
    COUNTED,
    WORDS,
    Difference,
    Moved,
    alike,
    approval,
    course,
    differences,
    foot,
    moved,
    plural,
    problem,
    rows,
    some,
    verdict,
    warnings,
)
from gitopsd.core.review.fit import LIMITS, Block, End, fitted
from gitopsd.core.review.markdown import fenced, folded, plain
from gitopsd.kube import yaml
from gitopsd.model.changes import Changes, Preview
from gitopsd.model.rollout import StagePlan

# What is worth least is shortened first.
_DIFFERENCE, _REASON, _CREATED, _SAID, _APPROVAL = range(5)
_FEW = 3
# What the first line of every comment of ours begins with.
MARKED = "<!-- gitopsd-plan:"
_MADE = re.compile(r"^made at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)", re.M)


@dataclass(frozen=True, slots=True)
class Terms:
    """Where a comment is to stand: its first line, the host's limit, where the whole plan is."""

    marker: str = ""
    most: int = LIMITS["github"]
    link: str = ""


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
        *_section("Needs approval", list(_guarded(preview))),
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
    head = f"- {plain(some([str(key) for key in move.keys]))}: {plain(some(steps))}"
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
        lines = [f"  - delete {plain(str(each.key))}" for each in same]
        yield Block(("\n".join([f"- {plural(len(same), 'object')} {where}", *lines]),))
    for each in found:
        if each.action == "recreate":
            head = f"- recreate {_where(each)}"
            forms = (f"{head}\n\n{fenced(each.lines, 'diff')}", head) if each.lines else (head,)
            yield Block(forms, (_APPROVAL,))


def _guarded(preview: Preview) -> Iterable[Block]:
    """Each guard, and the object that a person commits to let its deletions pass."""
    if not preview.guards:
        return
    for guard in preview.guards:
        yield Block((f"- {plain(guard)}",))
    name = preview.changes.deletion_hash
    how = "Whoever allows this commits what `gitopsd plan --approval` prints"
    document = fenced(yaml.dump(approval(preview.changes)).splitlines(), "yaml")
    whole = f"{how}:\n\n{folded(f'approvals/{name[:16]}.yaml', document)}"
    yield Block((whole, f"{how}."), (_APPROVAL,))


def _changed(same: Sequence[Difference]) -> Block:
    """Objects that change alike on the same clusters, behind a title, with their difference."""
    each = same[0]
    names, clusters = [str(one.key) for one in same], some(each.clusters)
    what = names[0] if len(names) == 1 else f"{plural(len(names), 'object')}"
    title = f"change {what} on {clusters}"
    short = f"- {plain(f'change {some(names)} on {clusters}')}"
    if not each.lines and len(names) == 1:
        return Block((f"- change {_where(each)}", short, ""), (_DIFFERENCE, len(each.clusters)))
    parts = [f"- {plain(name)}" for name in names] if len(names) > 1 else []
    body = "\n".join(parts)
    if clusters != ", ".join(each.clusters):
        body = "\n\n".join(filter(None, (f"on {plain(', '.join(each.clusters))}", body)))
    if each.lines:
        body = "\n\n".join(filter(None, (body, fenced(each.lines, "diff"))))
    worth = (_DIFFERENCE, len(each.clusters) * len(names), -len(each.lines))
    return Block((folded(title, body), short, ""), worth)


def _created(found: Iterable[Difference]) -> Iterable[Block]:
    """What is new, by the clusters that get it; more than a few behind a title."""
    together: dict[tuple[str, ...], list[Difference]] = {}
    for each in found:
        if each.action == "create":
            together.setdefault(each.clusters, []).append(each)
    for clusters, same in together.items():
        lines = "\n".join(f"- create {plain(str(each.key))}" for each in same)
        title = f"create {plural(len(same), 'object')} on {some(clusters)}"
        short = f"- {plain(title)}"
        if len(same) <= _FEW:
            yield Block(
                ("\n".join(f"- create {_where(each)}" for each in same), short, ""), (_CREATED,)
            )
            continue
        if some(clusters) != ", ".join(clusters):
            lines = f"on {plain(', '.join(clusters))}\n\n{lines}"
        yield Block((folded(title, lines), short, ""), (_CREATED, len(clusters)))


def _where(each: Difference) -> str:
    return f"{plain(str(each.key))} on {plain(', '.join(each.clusters))}{_held(each.held)}"


def _held(guard: str) -> str:
    return f" (held: {plain(guard)})" if guard else ""


def _line(words: str) -> Block:
    return Block((f"- {plain(words)}", ""), (_SAID,))


def _note(terms: Terms) -> str:
    whole = f"[the whole plan]({terms.link})" if terms.link else "`gitopsd plan` shows all of it"
    return f"_This is too long for one comment, so the least of it is left out; {whole}._"
