"""Which error an answer means, and what is passed on of its words."""

import json

import pytest

from gitopsd.edge.member.refusals import Refusal, in_our_words
from gitopsd.model.errors import (
    AlreadyThere,
    ClusterError,
    Conflict,
    FieldConflict,
    Forbidden,
    NotThere,
    ObjectError,
    Rejected,
    Throttled,
)

WEB = "/apis/apps/v1/namespaces/default/deployments/web"
SECRET = "/api/v1/namespaces/default/secrets/web"
TERMINATING = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
TAKEN = {"reason": "FieldManagerConflict", "message": 'conflict with "kubectl"', "field": ".a"}


def refused(code: int, reason: str = "", message: str = "no", path: str = WEB, **details: object):
    body = {"kind": "Status", "reason": reason, "message": message, "details": details}
    return in_our_words(Refusal("eu", path, code, {}, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("error", "kind", "retry"),
    [
        (refused(400, "BadRequest", "strict decoding error"), Rejected, False),
        (refused(403, "Forbidden"), Forbidden, False),
        (refused(403, "Forbidden", causes=[TERMINATING]), Forbidden, True),
        (refused(403, "Forbidden", "exceeded quota: small"), Forbidden, True),
        (refused(404, "NotFound"), NotThere, True),
        (refused(405, "MethodNotAllowed"), ObjectError, True),
        (refused(409, "AlreadyExists", retryAfterSeconds=1), AlreadyThere, True),
        (refused(409, "Conflict"), Conflict, True),
        (refused(409, "Conflict", causes=[TAKEN]), FieldConflict, False),
        (refused(409, "Conflict", kind="resourcequotas"), ObjectError, True),
        (refused(415, "UnsupportedMediaType"), ObjectError, False),
        (refused(422, "Invalid"), Rejected, False),
        (refused(500, "", "failed to create typed patch object (a/b; v1)"), Rejected, False),
        (refused(500, "InternalError", "failed calling webhook"), ObjectError, True),
        (refused(500, "ServerTimeout"), ClusterError, True),
        (refused(500, "ServerTimeout", retryAfterSeconds=2), Throttled, True),
        (refused(504, "Timeout"), ClusterError, True),
    ],
)
def test_a_refusal_is_one_error(error: ClusterError, kind: type, retry: bool) -> None:
    assert type(error) is kind
    assert error.retry is retry


def test_a_refusal_names_the_object_and_says_why() -> None:
    error = refused(404, "NotFound", 'deployments.apps "web" not found')

    assert str(error) == f'eu {WEB}: deployments.apps "web" not found'


def test_causes_come_along() -> None:
    error = refused(409, "Conflict", causes=[TAKEN, 7, {"reason": ["x"]}])

    assert isinstance(error, ObjectError)
    assert error.causes == (TAKEN, {"reason": "", "field": "", "message": ""})


def test_values_that_are_structures_stay_where_they_are() -> None:
    said = 'spec.template: Invalid value: {"env":[{"value":"s3cr3t"}]}: field is immutable'

    error = refused(422, "Invalid", said, causes=[{"message": said, "field": "spec.template"}])

    assert error.reason == "spec.template: Invalid value: …: field is immutable"
    assert isinstance(error, ObjectError)
    assert "s3cr3t" not in str(error.causes)


def test_structures_of_go_stay_where_they_are() -> None:
    said = 'Invalid value: core.PodSpec{Env:[]core.EnvVar{Value:"s3cr3t"}}: field is immutable'

    assert refused(422, "Invalid", said).reason == "Invalid value: …: field is immutable"


def test_values_of_another_type_stay_where_they_are() -> None:
    said = ".data.a: expected string, got &value.valueUnstructured{Value:12345}"

    assert refused(500, "", said).reason == ".data.a: expected string, got …"


def test_of_a_secret_only_fields_are_named() -> None:
    cause = {"reason": "FieldValueInvalid", "message": "s3cr3t", "field": "data[key]"}

    error = refused(422, "Invalid", "data[key]: s3cr3t", SECRET, causes=[cause])

    assert error.reason == "Invalid: data[key] (more is not shown, it may quote the Secret)"
    assert "s3cr3t" not in str(getattr(error, "causes", ()))


def test_long_words_are_cut() -> None:
    assert len(refused(400, "BadRequest", "a\n" * 5000).reason) == 1001
