"""What "the same answer" means for a recorded case.  Standard library only.

    equal(case, answer) -> bool      case: one recorded line; answer: a response of the same form
    explain(case, answer) -> str     "" when equal, otherwise what differs, both sides canonical

canonical(op, request, response) gives the comparable form of a response.
"""

import json
from decimal import Decimal, InvalidOperation

NOW = "<now>"

_SUFFIX = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}


def quantity(v):
    """A Kubernetes quantity as a number (or the value itself when it is not one)."""
    if isinstance(v, bool) or v is None:
        return v
    s = str(v)
    i = len(s)
    while i > 0 and s[i - 1].isalpha():
        i -= 1
    num, suffix = s[:i], s[i:]
    if suffix not in _SUFFIX:
        num, suffix = s, ""  # 1e3 and the like
    try:
        return str((Decimal(num) * _SUFFIX[suffix]).normalize())
    except InvalidOperation:
        return s


def drop_null(v):
    """null in an object is the same as the key being absent."""
    if isinstance(v, dict):
        return {k: drop_null(x) for k, x in v.items() if x is not None}
    if isinstance(v, list):
        return [drop_null(x) for x in v]
    return v


def prune(v):
    """null, {} and [] in an object are the same as the key being absent."""
    if isinstance(v, dict):
        out = {}
        for k, x in v.items():
            x = prune(x)
            if x is not None and x != {} and x != []:
                out[k] = x
        return out
    if isinstance(v, list):
        return [prune(x) for x in v]
    return v


def key(v):
    return json.dumps(v, sort_keys=True)


def multiset(items):
    return sorted(items or [], key=key)


def unordered_conditions(v):
    """Lists called "conditions" have no order."""
    if isinstance(v, dict):
        return {
            k: multiset([unordered_conditions(y) for y in x])
            if k == "conditions" and isinstance(x, list)
            else unordered_conditions(x)
            for k, x in v.items()
        }
    if isinstance(v, list):
        return [unordered_conditions(x) for x in v]
    return v


def numbers(v):
    """3 and 3.0 are the same number."""
    if isinstance(v, float) and v.is_integer():
        return int(v)
    if isinstance(v, dict):
        return {k: numbers(x) for k, x in v.items()}
    if isinstance(v, list):
        return [numbers(x) for x in v]
    return v


def requirements(v):
    v = prune(v or {})
    if "resourceRequest" in v:
        v["resourceRequest"] = {k: quantity(q) for k, q in v["resourceRequest"].items()}
    return v


def embedded_json(v):
    """A string that holds a JSON object or array is compared as JSON."""
    if isinstance(v, str) and v[:1] in "{[":
        try:
            return {"json": drop_null(json.loads(v))}
        except ValueError:
            return v
    return v


def embedded(v):
    if isinstance(v, dict):
        return {k: embedded(x) for k, x in v.items()}
    if isinstance(v, list):
        return [embedded(x) for x in v]
    return embedded_json(v)


def without_bookkeeping(manifest):
    """Leave out labels and annotations of the karmada.io domains; they are bookkeeping."""
    meta = dict(manifest.get("metadata") or {})
    for field in ("labels", "annotations"):
        kept = {
            k: v
            for k, v in (meta.pop(field, None) or {}).items()
            if not k.split("/")[0].endswith("karmada.io")
        }
        if kept:
            meta[field] = kept
    return dict(manifest, metadata=meta)


def targets(clusters):
    return sorted((c["name"], int(c.get("replicas") or 0)) for c in clusters or [])


def canonical(op, request, response):
    error = response.get("error")
    if op == "work":
        works = []
        for w in response.get("works") or []:
            works.append(
                {
                    "cluster": w.get("cluster"),
                    "suspendDispatching": bool(w.get("suspendDispatching")),
                    "preserveResourcesOnDeletion": bool(w.get("preserveResourcesOnDeletion")),
                    "manifests": [
                        numbers(embedded(without_bookkeeping(drop_null(x))))
                        for x in w.get("manifests") or []
                    ],
                }
            )
        return {"error": error["class"] if error else None, "works": multiset(works)}
    if error:
        return {"error": error["class"]}
    if op == "schedule":
        return {
            "clusters": targets(response.get("clusters")),
            "affinityName": response.get("affinityName") or "",
        }
    if op == "match":
        p = response.get("policy")
        return {
            "policy": p
            and {"kind": p["kind"], "namespace": p.get("namespace") or "", "name": p["name"]}
        }
    if op == "override":
        return {
            "object": numbers(embedded(drop_null(response["object"]))),
            "appliedClusterOverrides": response.get("appliedClusterOverrides") or [],
            "appliedOverrides": response.get("appliedOverrides") or [],
        }
    operation = request["operation"]
    if operation == "GetReplicas":
        return {
            "replicas": int(response["replicas"]),
            "requirements": requirements(response.get("requirements")),
        }
    if operation == "GetComponents":
        return {
            "components": multiset(
                [
                    {
                        "name": c["name"],
                        "replicas": int(c.get("replicas") or 0),
                        "requirements": requirements(c.get("replicaRequirements")),
                    }
                    for c in response.get("components") or []
                ]
            )
        }
    if operation == "GetDependencies":
        return {"dependencies": multiset([prune(d) for d in response.get("dependencies") or []])}
    if operation == "InterpretHealth":
        return {"healthy": response["healthy"]}
    if operation == "ReflectStatus":
        return {"status": numbers(unordered_conditions(prune(response.get("status") or {})))}
    if operation == "AggregateStatus":
        return {
            "status": numbers(
                unordered_conditions(prune((response["object"] or {}).get("status") or {}))
            )
        }
    # Retain, ReviseReplica
    obj = response["object"]
    if operation == "Retain" and obj.get("kind") == "Pod" and op == "interpret":
        obj = prune(obj)
    return {"object": numbers(drop_null(obj))}


def _same(want, got):
    if want == NOW:
        return got == NOW or (
            isinstance(got, str) and len(got) >= 20 and got[4:5] == "-" and got[10:11] == "T"
        )
    if isinstance(want, dict) and isinstance(got, dict):
        return want.keys() == got.keys() and all(_same(want[k], got[k]) for k in want)
    if isinstance(want, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(want) == len(got) and all(_same(a, b) for a, b in zip(want, got, strict=True))
    return want == got and isinstance(want, bool) == isinstance(got, bool)


def _blank_times(v):
    """Condition timestamps replaced by <now>, so that unordered lists sort alike on both sides."""
    if isinstance(v, dict):
        return {
            k: (
                NOW
                if k in ("lastProbeTime", "lastTransitionTime", "lastUpdateTime") and _same(NOW, x)
                else _blank_times(x)
            )
            for k, x in v.items()
        }
    if isinstance(v, list):
        return [_blank_times(x) for x in v]
    return v


def equal(case, answer):
    op, request = case["op"], case["request"]
    want = canonical(op, request, case["response"])
    try:
        got = canonical(op, request, answer)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    if NOW in key(want):
        # the wildcard only ever stands in condition timestamps
        want, got = (unordered_conditions(_blank_times(x)) for x in (want, got))
    return _same(want, got)


def explain(case, answer):
    if equal(case, answer):
        return ""
    try:
        got = canonical(case["op"], case["request"], answer)
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        return f"answer has the wrong form: {e!r}"
    want = canonical(case["op"], case["request"], case["response"])
    return f"want {key(want)}\n got {key(got)}"
