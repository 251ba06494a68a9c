"""The language of .gitignore; every case was put to `git check-ignore` as well."""

import subprocess

import pytest

from gitopsd.core.sources.ignore import Ignore

CASES = [
    ("*.log", "a.log", True),
    ("*.log", "x/y/a.log", True),
    ("/a.yaml", "a.yaml", True),
    ("/a.yaml", "x/a.yaml", False),
    ("x/a.yaml", "x/a.yaml", True),
    ("x/a.yaml", "y/x/a.yaml", False),
    ("tmp/", "tmp/a.yaml", True),
    ("tmp/", "x/tmp/a.yaml", True),
    ("tmp/", "tmp", False),
    ("tmp", "x/tmp/y/a.yaml", True),
    ("**/tmp", "x/tmp/a.yaml", True),
    ("tmp/**", "tmp/x/a.yaml", True),
    ("tmp/**", "x/tmp/a.yaml", False),
    ("x/**/a.yaml", "x/a.yaml", True),
    ("x/**/a.yaml", "x/y/z/a.yaml", True),
    ("x**/a.yaml", "xy/a.yaml", True),
    ("a?.yaml", "ab.yaml", True),
    ("a?.yaml", "a/.yaml", False),
    ("[ab].yaml", "a.yaml", True),
    ("[!ab].yaml", "a.yaml", False),
    ("[!ab].yaml", "c.yaml", True),
    ("[a-c].yaml", "b.yaml", True),
    ("*.yaml\n!keep.yaml", "keep.yaml", False),
    ("*.yaml\n!keep.yaml", "other.yaml", True),
    ("!keep.yaml\n*.yaml", "keep.yaml", True),
    ("tmp/\n!tmp/keep.yaml", "tmp/keep.yaml", True),
    ("tmp/*\n!tmp/keep.yaml", "tmp/keep.yaml", False),
    ("# a.yaml", "a.yaml", False),
    ("\\#a.yaml", "#a.yaml", True),
    ("\\!a.yaml", "!a.yaml", True),
    ("a.yaml   ", "a.yaml", True),
    ("", "a.yaml", False),
    ("*", "x/a.yaml", True),
    ("a.b", "axb", False),
    ("a(b.yaml", "a(b.yaml", True),
    ("*a*b*.yaml", "xaxbx.yaml", True),
    ("*a*b*.yaml", "xbxax.yaml", False),
    ("**/**/x/*.yaml", "x/a.yaml", True),
    ("a**b.yaml", "axb.yaml", True),
    ("[^a].yaml", "b.yaml", True),
    ("**", "x/a.yaml", True),
]


@pytest.mark.parametrize(("rules", "path", "out"), CASES)
def test_a_path_is_left_out_as_git_would(rules, path, out):
    assert Ignore({"": rules}).leaves_out(path) is out


def test_the_cases_agree_with_git(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    said = []
    for rules, path, _ in CASES:
        (tmp_path / ".gitignore").write_text(rules)
        done = subprocess.run(
            ["git", "-C", tmp_path, "check-ignore", "-q", "--no-index", path], check=False
        )
        said.append((rules, path, done.returncode == 0))

    assert said == CASES


def test_a_nearer_file_decides():
    ignore = Ignore({"": "*.yaml", "x": "!a.yaml"})

    assert not ignore.leaves_out("x/a.yaml")
    assert ignore.leaves_out("x/b.yaml")
    assert not ignore.leaves_out("y.json")


def test_below_a_folder_that_is_out_nothing_comes_back():
    ignore = Ignore({"": "x/", "x": "!a.yaml"})

    assert ignore.leaves_out("x/a.yaml")


@pytest.mark.timeout(5)
def test_no_rule_is_slow():
    ignore = Ignore({"": "*a" * 30 + "*b"})

    assert not ignore.leaves_out("a" * 250)
