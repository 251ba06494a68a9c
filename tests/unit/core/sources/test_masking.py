from gitopsd.core.sources.masking import masked
from gitopsd.model.build import Build, Program, Release

SECRET = """apiVersion: v1
kind: Secret
metadata: {name: db}
data: {a: aHVudGVyMg==}
stringData: {b: swordfish}
"""
KUSTOMIZATION = "secretGenerator: [{name: a, literals: [user=correcthorse]}]"
VALUES = "image: nginx\ndb: {rootPassword: batterystaple, pins: [4711]}\napiTokens: [t0ken, 42424]"


def build(*files, values=None):
    release = Release("", "web", "shop", values=values) if values else None
    return Build(
        Program.HELM, "a.yaml", "", {str(n): text for n, text in enumerate(files)}, 1, release
    )


def test_no_value_of_a_secret_is_said():
    words = "failed: aHVudGVyMg== hunter2 swordfish correcthorse batterystaple t0ken 42424 nginx"

    said = masked(words, build(SECRET, KUSTOMIZATION, VALUES), str.encode)

    assert said == "failed: *** *** *** *** *** *** *** nginx"


def test_no_value_given_inline_is_said():
    said = masked("given 'hunter2'", build(values={"auth": {"x": ["hunter2"]}}), str.encode)

    assert said == "given '***'"


def test_every_line_of_a_secret_is_hidden():
    text = "kind: Secret\nstringData:\n  key: |\n    first line\n    second line\n"

    assert masked("first line second line", build(text), str.encode) == "*** ***"


def test_words_are_short():
    assert len(masked("x" * 10_000, build("{{ no yaml"), str.encode)) == 602
