"""Addresses of load balancers of many members as one list: for Service and Ingress alike.

Karmada's order: host names first, by name, then addresses (karmada-io/karmada
pkg/util/helper/{service,ingress}.go).
"""

from collections.abc import Mapping
from typing import Any

from gitopsd.core.kinds.kind import Items, integer, mappings, text
from gitopsd.kube.body import Body

_PATH = ("status", "loadBalancer", "ingress")


def has_address(body: Body) -> bool:
    """Whether a load balancer has given a host name or an address."""
    return any(text(each, "hostname") or text(each, "ip") for each in mappings(body, *_PATH))


def united(items: Items) -> dict[str, Any]:
    """The status with every address once, its ports united."""
    found: dict[tuple[str, str, str], dict[tuple[int, str, str], Mapping[str, Any]]] = {}
    for item in items or ():
        for ingress in mappings(item.status or {}, *_PATH[1:]):
            ports = found.setdefault(_address(ingress), {})
            ports.update((_port(each), each) for each in mappings(ingress, "ports"))
    ordered = sorted(found.items(), key=lambda each: _order(each[0]))
    addresses = [_written(address, ports) for address, ports in ordered]
    return {"loadBalancer": {"ingress": addresses} if addresses else {}}


def _address(ingress: Mapping[str, Any]) -> tuple[str, str, str]:
    return text(ingress, "hostname"), text(ingress, "ip"), text(ingress, "ipMode")


def _order(address: tuple[str, str, str]) -> tuple[bool, str, str, bool, str]:
    """What is empty comes last, but for the address itself."""
    hostname, ip, mode = address
    return not hostname, hostname, ip, not mode, mode


def _port(port: Mapping[str, Any]) -> tuple[int, str, str]:
    return integer(port, "port"), text(port, "protocol"), text(port, "error")


def _written(
    address: tuple[str, str, str], ports: Mapping[tuple[int, str, str], Mapping[str, Any]]
) -> dict[str, Any]:
    named = zip(("hostname", "ip", "ipMode"), address, strict=True)
    ingress: dict[str, Any] = {name: value for name, value in named if value}
    if ports:
        ingress["ports"] = [ports[key] for key in sorted(ports)]
    return ingress
