"""Kinds that make pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitopsd.apiserver.errors import (
    Cause,
    forbidden_value,
    invalid_value,
    not_supported,
    required,
)
from gitopsd.apiserver.rules import pods
from gitopsd.apiserver.rules.rule import Rule, default_fields, with_status
from gitopsd.kube import selector
from gitopsd.kube.body import Body, dig, with_annotations

_IMMUTABLE = "field is immutable"
_MISMATCH = "`selector` does not match template `labels`"


def _spec(body: Body) -> Body:
    given = body.get("spec")
    return given if isinstance(given, Mapping) else {}


def _no_status(body: Body) -> Body:
    return with_status(body, {})


def _check_selector(spec: Body, where: str = "spec") -> Iterator[Cause]:
    given = spec.get("selector")
    labels = dig(spec, "template", "metadata", "labels", default={})
    path = f"{where}.template.metadata.labels"
    if given is None:
        yield required(f"{where}.selector")
        shown = labels or None
        yield invalid_value(path, shown, _MISMATCH)
        return
    if not (given.get("matchLabels") or given.get("matchExpressions")):
        yield invalid_value(f"{where}.selector", given, "empty selector is invalid for deployment")
    if not selector.matches(given, labels) or not labels:
        yield invalid_value(path, labels or None, _MISMATCH)


def _check_replicas(spec: Body) -> Iterator[Cause]:
    replicas = spec.get("replicas")
    if isinstance(replicas, int) and replicas < 0:
        yield invalid_value("spec.replicas", replicas, "must be greater than or equal to 0")


def _check_workload(body: Body) -> Iterator[Cause]:
    spec = _spec(body)
    yield from _check_replicas(spec)
    yield from _check_selector(spec)
    yield from pods.check_template(spec.get("template") or {}, "spec.template", ("Always",))


def _fixed_selector(old: Body, new: Body) -> Iterator[Cause]:
    if _spec(old).get("selector") != _spec(new).get("selector"):
        yield invalid_value("spec.selector", _go_selector(_spec(new).get("selector")), _IMMUTABLE)


def _go_selector(given: Any) -> Any:
    """Selectors are shown with both of their fields."""
    if not isinstance(given, Mapping):
        return given
    return {**({"matchLabels": given["matchLabels"]} if given.get("matchLabels") else {}),
            **({"matchExpressions": given["matchExpressions"]}
               if given.get("matchExpressions") else {})}  # fmt: skip


def _rolling(given: Body) -> Body:
    strategy = given.get("strategy") or {}
    strategy = default_fields(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        numbers = strategy.get("rollingUpdate") or {}
        numbers = default_fields(numbers, maxUnavailable="25%", maxSurge="25%")
        strategy = {**strategy, "rollingUpdate": numbers}
    return strategy


def _default_deployment(body: Body) -> Body:
    spec = _spec(body)
    made = {**spec, "template": pods.template(spec.get("template")), "strategy": _rolling(spec)}
    made = dict(default_fields(made, replicas=1))
    made.setdefault("revisionHistoryLimit", 10)
    made.setdefault("progressDeadlineSeconds", 600)
    return {**body, "spec": made}


def _check_deployment(body: Body) -> Iterator[Cause]:
    yield from _check_workload(body)
    kind = dig(body, "spec", "strategy", "type")
    if kind not in (None, "Recreate", "RollingUpdate"):
        yield not_supported("spec.strategy.type", kind, ("Recreate", "RollingUpdate"))
    if kind == "Recreate" and dig(body, "spec", "strategy", "rollingUpdate") is not None:
        said = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_value("spec.strategy.rollingUpdate", said)


def _default_replica_set(body: Body) -> Body:
    spec = _spec(body)
    made = {**spec, "template": pods.template(spec.get("template"))}
    return {**body, "spec": default_fields(made, replicas=1)}


def _default_stateful_set(body: Body) -> Body:
    spec = _spec(body)
    made = {**spec, "template": pods.template(spec.get("template"))}
    if claims := spec.get("volumeClaimTemplates"):
        made["volumeClaimTemplates"] = [_claim_template(each) for each in claims]
    strategy = default_fields(made.get("updateStrategy") or {}, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        numbers = default_fields(strategy.get("rollingUpdate") or {}, partition=0)
        strategy = {**strategy, "rollingUpdate": numbers}
    made["updateStrategy"] = strategy
    retention = made.get("persistentVolumeClaimRetentionPolicy") or {}
    made["persistentVolumeClaimRetentionPolicy"] = default_fields(
        retention, whenDeleted="Retain", whenScaled="Retain"
    )
    made = dict(
        default_fields(
            made, replicas=1, podManagementPolicy="OrderedReady", revisionHistoryLimit=10
        )
    )
    return {**body, "spec": made}


def _claim_template(given: Body) -> Body:
    spec = default_fields(given.get("spec") or {}, volumeMode="Filesystem")
    made = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", **given, "spec": spec}
    made["status"] = {"phase": "Pending"}
    return made


_SET_MAY_CHANGE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_SET_FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' "
    "and 'minReadySeconds' are forbidden"
)


def _check_stateful_update(old: Body, new: Body) -> Iterator[Cause]:
    before, after = (
        {name: value for name, value in _spec(each).items() if name not in _SET_MAY_CHANGE}
        for each in (old, new)
    )
    if before != after:
        yield forbidden_value("spec", _SET_FIXED)


def _default_daemon_set(body: Body) -> Body:
    spec = _spec(body)
    made = {**spec, "template": pods.template(spec.get("template"))}
    strategy = default_fields(made.get("updateStrategy") or {}, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        numbers = default_fields(strategy.get("rollingUpdate") or {}, maxUnavailable=1, maxSurge=0)
        strategy = {**strategy, "rollingUpdate": numbers}
    made["updateStrategy"] = strategy
    return {**body, "spec": default_fields(made, revisionHistoryLimit=10)}


_TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def _create_daemon_set(body: Body) -> Body:
    counts = (
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
    )
    made = with_annotations(body, {_TEMPLATE_GENERATION: "1"})
    return with_status(made, dict.fromkeys(counts, 0))


def _update_daemon_set(old: Body, new: Body) -> Body:
    number = int(dig(old, "metadata", "annotations", _TEMPLATE_GENERATION, default="1"))
    if _spec(old).get("template") != _spec(new).get("template"):
        number += 1
    return with_annotations(new, {_TEMPLATE_GENERATION: str(number)})


def _default_job_spec(spec: Body) -> Body:
    made = {**spec, "template": pods.template(spec.get("template"))}
    if made.get("completions") is None and made.get("parallelism") is None:
        made["completions"] = made["parallelism"] = 1
    return default_fields(
        made,
        parallelism=1,
        backoffLimit=6,
        completionMode="NonIndexed",
        suspend=False,
        podReplacementPolicy="TerminatingOrFailed",
    )


def _default_job(body: Body) -> Body:
    made = {**body, "spec": _default_job_spec(_spec(body))}
    labels = dig(made, "spec", "template", "metadata", "labels")
    if labels and not dig(body, "metadata", "labels"):
        made["metadata"] = {**body["metadata"], "labels": labels}
    return made


def _create_job(body: Body) -> Body:
    """A Job finds its pods by its own uid, unless it says how."""
    spec = dict(_spec(body))
    uid, name = body["metadata"]["uid"], body["metadata"]["name"]
    if not spec.get("manualSelector"):
        template = spec["template"]
        metadata = template.get("metadata") or {}
        labels = {
            **(metadata.get("labels") or {}),
            "batch.kubernetes.io/controller-uid": uid,
            "batch.kubernetes.io/job-name": name,
            "controller-uid": uid,
            "job-name": name,
        }
        spec["template"] = {**template, "metadata": {**metadata, "labels": labels}}
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    spec.setdefault("manualSelector", False)
    metadata = body["metadata"]
    if not metadata.get("labels"):
        metadata = {**metadata, "labels": spec["template"]["metadata"].get("labels") or {}}
    return {**body, "metadata": metadata, "spec": spec, "status": {}}


def _update_job(old: Body, new: Body) -> Body:
    """What the server put into the template stays where a client leaves it out."""
    before, after = _spec(old), dict(_spec(new))
    labels = dig(before, "template", "metadata", "labels", default={})
    own = {key: value for key, value in labels.items() if key.endswith(("-uid", "job-name"))}
    template = after.get("template") or {}
    metadata = template.get("metadata") or {}
    merged = {**(metadata.get("labels") or {}), **own}
    if "manualSelector" in before:
        after.setdefault("manualSelector", before["manualSelector"])
    if merged != (metadata.get("labels") or {}):
        after["template"] = {**template, "metadata": {**metadata, "labels": merged}}
    if after.get("selector") is None and before.get("selector") is not None:
        after["selector"] = before["selector"]
    return {**new, "spec": after}


def _check_job(body: Body) -> Iterator[Cause]:
    template = _spec(body).get("template") or {}
    yield from pods.check_spec(template.get("spec") or {}, "spec.template.spec")
    policy = dig(template, "spec", "restartPolicy")
    if policy not in ("OnFailure", "Never"):
        said = 'valid values: "OnFailure", "Never"'
        yield (
            Cause(
                "FieldValueRequired", f"Required value: {said}", "spec.template.spec.restartPolicy"
            )
            if policy in (None, "", "Always")
            else not_supported("spec.template.spec.restartPolicy", policy, ("OnFailure", "Never"))
        )


def _check_job_update(old: Body, new: Body) -> Iterator[Cause]:
    before, after = _spec(old), _spec(new)
    if before.get("completions") != after.get("completions") and (
        after.get("completionMode") != "Indexed"
    ):
        yield invalid_value("spec.completions", after.get("completions"), _IMMUTABLE)
    if before.get("selector") != after.get("selector"):
        yield invalid_value("spec.selector", after.get("selector"), _IMMUTABLE)
    if before.get("template") != after.get("template") and not before.get("suspend"):
        yield invalid_value("spec.template", after.get("template"), _IMMUTABLE)
    if before.get("completionMode") != after.get("completionMode"):
        yield invalid_value("spec.completionMode", after.get("completionMode"), _IMMUTABLE)


def _default_cron_job(body: Body) -> Body:
    spec = _spec(body)
    job = spec.get("jobTemplate") or {}
    made: Body = {**spec, "jobTemplate": {"metadata": {}, **job, "spec": _job_template(job)}}
    made = default_fields(
        made,
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )
    return {**body, "spec": made}


def _job_template(job: Body) -> Body:
    """A Job inside a CronJob has fewer defaults than one that stands alone."""
    spec = job.get("spec") or {}
    return {**spec, "template": pods.template(spec.get("template"))}


def _check_cron_job(body: Body) -> Iterator[Cause]:
    spec = _spec(body)
    if not spec.get("schedule"):
        yield required("spec.schedule")
    template = dig(spec, "jobTemplate", "spec", "template", default={})
    where = "spec.jobTemplate.spec.template.spec"
    yield from pods.check_spec(template.get("spec") or {}, where)
    policy = dig(template, "spec", "restartPolicy")
    if policy not in ("OnFailure", "Never"):
        said = 'Required value: valid values: "OnFailure", "Never"'
        yield Cause("FieldValueRequired", said, f"{where}.restartPolicy")


def _check_daemon_set(body: Body) -> Iterable[Cause]:
    return _check_workload(body)


DEPLOYMENT = Rule(
    default=_default_deployment,
    create=_no_status,
    validate=_check_deployment,
    validate_update=_fixed_selector,
    has_generation=True,
)
REPLICA_SET = Rule(
    default=_default_replica_set,
    create=lambda body: with_status(body, {"replicas": 0}),
    validate=_check_workload,
    validate_update=_fixed_selector,
    has_generation=True,
)
STATEFUL_SET = Rule(
    default=_default_stateful_set,
    create=lambda body: with_status(body, {"replicas": 0, "availableReplicas": 0}),
    validate=_check_workload,
    validate_update=_check_stateful_update,
    has_generation=True,
)
DAEMON_SET = Rule(
    default=_default_daemon_set,
    create=_create_daemon_set,
    update=_update_daemon_set,
    validate=_check_daemon_set,
    validate_update=_fixed_selector,
    has_generation=True,
)
JOB = Rule(
    default=_default_job,
    create=_create_job,
    update=_update_job,
    validate=_check_job,
    validate_update=_check_job_update,
    has_generation=True,
)
CRON_JOB = Rule(
    default=_default_cron_job, create=_no_status, validate=_check_cron_job, has_generation=True
)
