"""A definition that takes fields from objects that are there is not applied without a word."""

from fakes.delivery import Delivery, annotated, key_of, manifest
from servers.waiting import until
from unit.daemon.members.test_troubles import CAKE, DEFINITION


def with_fields(**fields: str) -> dict:
    schema = {
        "type": "object",
        "properties": {
            "spec": {
                "type": "object",
                "properties": {name: {"type": sort} for name, sort in fields.items()},
            }
        },
    }
    version = {**DEFINITION["spec"]["versions"][0], "schema": {"openAPIV3Schema": schema}}
    return {**DEFINITION, "spec": {**DEFINITION["spec"], "versions": [version]}}


async def test_a_field_is_dropped_only_with_a_word(eu: Delivery) -> None:
    eu.want(manifest(DEFINITION), manifest(CAKE))
    await eu.finished(20)

    eu.want(manifest(with_fields(cream="string")), manifest(CAKE))
    await until(lambda: eu.outcome(key_of(DEFINITION)).reason == "Invalid")
    message = eu.outcome(key_of(DEFINITION)).message
    held = eu.live(DEFINITION)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    allowed = annotated(with_fields(cream="string"))
    allowed["metadata"]["annotations"] = {"gitopsd.io/allow-crd-changes": "true"}
    eu.want(manifest(allowed))
    await until(lambda: "cream" in fields_of(eu))

    assert message.startswith("v1.spec.layers is gone; ")
    assert list(held["properties"]["spec"]["properties"]) == ["layers"]
    assert "layers" not in fields_of(eu)


async def test_a_field_may_come_at_any_time(eu: Delivery) -> None:
    eu.want(manifest(DEFINITION))
    await eu.finished(20)

    eu.want(manifest(with_fields(layers="integer", cream="string")))

    await until(lambda: fields_of(eu) == {"layers", "cream"})


def fields_of(eu: Delivery) -> set[str]:
    schema = eu.live(DEFINITION)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return set(schema["properties"]["spec"]["properties"])
