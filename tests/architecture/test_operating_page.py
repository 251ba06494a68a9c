"""`docs/operating.md` says what there is: each flag, each path, each metric, and no other."""

import argparse
import re
from pathlib import Path

from architecture.house import TOP
from gitopsd.cli import flags, run
from gitopsd.core.gate.guards import GUARDS, OF_LEAVERS
from gitopsd.core.load import ignores, instances
from gitopsd.daemon.metrics import METRICS, PREFIX
from gitopsd.daemon.site import Site
from gitopsd.kube import yaml
from gitopsd.kube.schemas import ours
from gitopsd.model import claims
from gitopsd.model.config import Config

TEXT = (TOP / "docs" / "operating.md").read_text()


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the first table below a heading, without its head."""
    below = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip() for line in below.splitlines() if line.strip().startswith("|")]
    cells = [re.split(r"(?<!\\)\|", line.strip("|")) for line in lines[2:]]
    return [tuple(cell.strip().replace("\\|", "|") for cell in row) for row in cells]


def test_every_flag_of_the_daemon_is_told() -> None:
    parser = argparse.ArgumentParser()
    run.arguments(parser)
    told = [(name.strip("`").split()[0], words) for name, words in rows("Flags")]

    assert told == [(flag.name, flags._help(flag)) for flag in parser.get_default("flags")]


def test_every_path_is_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    told = {path.strip("`") for path, _ in rows("What it answers over HTTP")}

    site = Site(Config(webhook_secret_file=secret))
    answered = {path.replace("{", "<").replace("}", ">") for path in site.routes}
    assert {path.replace("<kind.group>", "<kind>") for path in told} == answered - {"/style.css"}


def test_every_guard_is_told_in_the_order_they_are_asked() -> None:
    assert [name.strip("`") for name, _ in rows("Deletions")] == [
        name for name, _ in (*GUARDS, *OF_LEAVERS)
    ]


def test_every_annotation_on_fields_is_told_with_its_values() -> None:
    told: dict[str, set[str]] = {}
    name = ""
    for cell, values, _ in rows("Fields that others change"):
        name = cell.strip("`") or name
        told.setdefault(name, set()).update(re.findall(r"`([^`]+)`", values))

    lists = {claims.FORCE_FIELDS: set(), claims.YIELD_FIELDS: set()}
    assert told == {name: set(map(str, words)) for name, words in claims.WORDS.items()} | lists


def test_each_configuration_shown_is_right() -> None:
    shown = re.findall(r"```yaml\n(apiVersion: gitopsd.io/v1alpha1\nkind: Conf.*?)```", TEXT, re.S)
    documents = [document for each in shown for document in yaml.documents(each.encode())]

    assert len(documents) == len(shown) == 2
    for document in documents:
        assert ours().validate(document.body) == []
        assert list(ignores.mistakes(document.body["spec"])) == []
        assert list(instances.mistakes(document.body["spec"])) == []


def test_every_metric_is_told() -> None:
    told = rows("Metrics")

    assert told == [
        (
            f"`{PREFIX}{line.name}`",
            line.kind,
            ", ".join(f"`{label}`" for label in line.labels) or "–",
            line.help,
        )
        for line in METRICS
    ]


def test_alerts_name_metrics_that_exist() -> None:
    named = set(re.findall(rf"\b{PREFIX}\w+", TEXT.partition("Worth an alert:")[2]))

    assert named
    assert named <= {PREFIX + line.name for line in METRICS}
