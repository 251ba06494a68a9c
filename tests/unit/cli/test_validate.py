import json

import pytest

from gitopsd.cli import main, validate
from gitopsd.model.problem import Problem

GOOD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"


def test_a_right_folder_is_fine(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(GOOD)

    code = main(["validate", str(tmp_path)])

    assert code == 0
    assert capsys.readouterr().out == (
        "1 object, 0 clusters, 0 policies: 0 errors, 0 warnings, 0 notices\n"
    )


def test_problems_have_path_line_and_pointer(tmp_path, capsys):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.yaml").write_text(f"{GOOD}data:\n  a: 1\n")
    (tmp_path / "b.yaml").write_text("x: 1\n")

    code = main(["validate", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().out == (
        "b.yaml:1: notice: has neither apiVersion nor kind, so it is no object of Kubernetes; "
        "left out\n"
        "sub/a.yaml:6 /data/a: must be a string, is a whole number; put it in quotes\n"
        "0 objects, 0 clusters, 0 policies: 1 error, 0 warnings, 1 notice\n"
    )


def test_what_files_say_is_shown_not_obeyed(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(f'{GOOD}  labels: {{"a\\e[31m": x}}\n')

    main(["validate", str(tmp_path)])

    assert "/metadata/labels/a?[31m: " in capsys.readouterr().out


def test_json_has_every_part(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(f"{GOOD}data: 3\n")

    code = main(["validate", "--format", "json", str(tmp_path)])

    said = json.loads(capsys.readouterr().out)
    assert code == 1
    assert said["counts"]["errors"] == 1
    assert said["problems"] == [
        {
            "severity": "error",
            "reason": "Invalid",
            "path": "a.yaml",
            "line": 5,
            "pointer": "/data",
            "message": "must be a mapping, is a whole number",
            "object": "/ConfigMap/default/a",
        }
    ]


def test_what_git_ignores_is_not_read(tmp_path):
    (tmp_path / ".gitignore").write_text("node_modules/\n")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "a.json").write_text("{")

    assert main(["validate", str(tmp_path)]) == 0


def test_links_are_followed_inside_the_folder(tmp_path, capsys):
    (tmp_path / "real").write_text(GOOD)
    (tmp_path / "a.yaml").symlink_to("real")
    (tmp_path / "b.yaml").symlink_to("/etc/hostname")

    code = main(["validate", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "b.yaml: is a link to an absolute path; only links inside the repository count"
    )


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path):
    assert main(["validate", str(tmp_path / "nothing")]) == 2


def test_scripts_are_loaded_and_what_is_wrong_with_them_has_their_line(tmp_path, capsys):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "widgets.yaml").write_text(
        "apiVersion: config.karmada.io/v1alpha1\n"
        "kind: ResourceInterpreterCustomization\n"
        "metadata: {name: widgets}\n"
        "spec:\n"
        "  target: {apiVersion: example.io/v1, kind: Widget}\n"
        "  customizations:\n"
        "    healthInterpretation:\n"
        "      luaScript: function InterpretHealth(obj) return true end\n"
        "    retention:\n"
        "      luaScript: |\n"
        "        function Retain(desired, observed)\n"
        "          return desired +\n"
        "        end\n"
        "    replicaResource:\n"
        "      luaScript: function Replicas(obj) return 1, nil end\n"
    )

    code = main(["validate", str(tmp_path)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    place = "/spec/customizations"
    assert lines[0].startswith(f"widgets.yaml:10 {place}/retention/luaScript: Retain: ")
    assert lines[1].startswith(
        f"widgets.yaml:15 {place}/replicaResource/luaScript: GetReplicas: the script defines no"
    )
    assert lines[2].endswith("2 errors, 0 warnings, 0 notices")


def test_objects_that_wait_for_each_other_are_named(tmp_path, capsys):
    for name, other in (("a", "b"), ("b", "a")):
        needs = f"/namespaces/default/ConfigMap/{other}"
        note = f"  annotations:\n    config.kubernetes.io/depends-on: {needs}\n"
        (tmp_path / f"{name}.yaml").write_text(GOOD.replace("name: a", f"name: {name}") + note)

    code = main(["validate", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().out.startswith(
        "a.yaml:1 /metadata/annotations/config.kubernetes.io~1depends-on: it waits for itself: "
        "ConfigMap default/a → ConfigMap default/b → ConfigMap default/a\n"
    )


def test_paths_are_told_as_seen_from_where_one_stands(tmp_path):
    fleet = tmp_path / "fleet"
    fleet.mkdir()
    found = (Problem("a.yaml", 1, "", "wrong"), Problem("", 0, "", "elsewhere"))

    assert [each.path for each in validate.placed(found, fleet, tmp_path)] == ["fleet/a.yaml", ""]
    assert validate.placed(found, fleet, fleet) == found
    assert validate.placed(found, tmp_path, fleet) == found


@pytest.mark.parametrize("form", ["markdown", "github", "sarif", "junit"])
def test_every_format_names_the_mistake(form, tmp_path):
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Servize\nmetadata: {name: a}\n")

    said = validate.FORMATS[form](validate.check(tmp_path))

    assert "Servize" in said
    assert "a.yaml" in said
