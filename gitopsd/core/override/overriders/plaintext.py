"""`plaintext`: any field, by JSON pointer."""

from gitopsd.core.override.jsonpatch import Refusal, edited, operation
from gitopsd.kube.body import Body, dig
from gitopsd.model.policy import Overriders


def apply(body: Body, rule: Overriders) -> Body:
    """The body after all operations of the rule, in order, all or none.

    `replace` and `remove` need something there, `add` a parent. Raises Refusal where one does not
    apply, or what is left is no object any more.
    """
    if not rule.plaintext:
        return body
    for number, overrider in enumerate(rule.plaintext):
        pointer = f"/plaintext/{number}"
        body = edited(body, (operation(overrider, overrider.path),), pointer)
    kind = dig(body, "kind")
    if not isinstance(kind, str) or not kind:
        raise Refusal("/plaintext", "the object has lost its kind")
    return body
