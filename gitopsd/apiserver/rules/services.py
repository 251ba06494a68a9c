"""Services: addresses and node ports, which are given once and stay."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from gitopsd.apiserver.errors import Cause, invalid_value, not_supported, required
from gitopsd.apiserver.rules.rule import Rule, default_fields
from gitopsd.kube.body import Body, dig

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_OPEN_OUTSIDE = ("NodePort", "LoadBalancer")
_NODE_PORTS = range(30000, 32768)


class Addresses:
    """Cluster addresses and node ports that are free, of one member.

    Given in order from the middle on, so that equal fleets get equal addresses. What a service
    asks for is its own, or refused when somebody has it.
    """

    def __init__(self, network: str = "10.0.0.0/16") -> None:
        self._network = ip_network(network)
        self._first = 256
        self._addresses: dict[str, str] = {}
        self._ports: dict[int, str] = {}

    def assign(self, body: Body) -> Body:
        """The service with addresses and ports; raises LookupError where one is taken."""
        spec = dict(body["spec"])
        kind = spec.get("type", "ClusterIP")
        if kind != "ExternalName":
            spec = self._with_address(spec, _owner(body))
        ports = spec.get("ports") or ()
        if kind in _OPEN_OUTSIDE and ports:
            spec["ports"] = [self._with_port(each, _owner(body)) for each in ports]
        return {**body, "spec": spec}

    def release(self, body: Body) -> None:
        """Frees what a removed service had."""
        owner = _owner(body)
        self._addresses = {key: who for key, who in self._addresses.items() if who != owner}
        self._ports = {key: who for key, who in self._ports.items() if who != owner}

    def _with_address(self, spec: dict[str, Any], owner: str) -> dict[str, Any]:
        address = spec.get("clusterIP") or next(iter(spec.get("clusterIPs") or ()), "")
        if address and address != "None":
            if self._addresses.setdefault(address, owner) != owner:
                raise LookupError("provided IP is already allocated")
        elif not address:
            address = next(each for each in self._hosts() if each not in self._addresses)
            self._addresses[address] = owner
        return {**spec, "clusterIP": address, "clusterIPs": [address]}

    def _hosts(self) -> Iterator[str]:
        size = self._network.num_addresses
        start = self._first + len(self._addresses)
        for number in range(size):
            place = 1 + (start + number) % (size - 2)
            yield str(self._network[place])

    def _with_port(self, port: Body, owner: str) -> Body:
        wanted = port.get("nodePort")
        if wanted:
            if self._ports.setdefault(wanted, owner) != owner:
                raise LookupError("provided port is already allocated")
            return port
        free = next(each for each in _NODE_PORTS if each not in self._ports)
        self._ports[free] = owner
        return {**port, "nodePort": free}


def _owner(body: Body) -> str:
    return str(body["metadata"].get("uid") or body["metadata"]["name"])


def _default(body: Body) -> Body:
    spec = body.get("spec")
    made = dict(spec) if isinstance(spec, Mapping) else {}
    made = dict(default_fields(made, type="ClusterIP", sessionAffinity="None"))
    if ports := made.get("ports"):
        made["ports"] = [_port(each) for each in ports]
    if made["sessionAffinity"] == "ClientIP" and not made.get("sessionAffinityConfig"):
        made["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}
    if made["type"] != "ExternalName":
        made = dict(default_fields(made, internalTrafficPolicy="Cluster"))
    if made["type"] in _OPEN_OUTSIDE:
        made = dict(default_fields(made, externalTrafficPolicy="Cluster"))
    if made["type"] == "LoadBalancer":
        made = dict(default_fields(made, allocateLoadBalancerNodePorts=True))
    return {**body, "spec": made}


def _create(body: Body) -> Body:
    return {**_with_families(body), "status": {"loadBalancer": {}}}


def _with_families(body: Body) -> Body:
    """A headless service without selector may have any family, every other the cluster's one."""
    spec = body["spec"]
    if spec["type"] == "ExternalName":
        return body
    is_open = spec.get("clusterIP") == "None" and not spec.get("selector")
    made = default_fields(
        spec,
        ipFamilies=["IPv4", "IPv6"] if is_open else ["IPv4"],
        ipFamilyPolicy="RequireDualStack" if is_open else "SingleStack",
    )
    return {**body, "spec": made}


def _port(given: Body) -> Body:
    made = default_fields(given, protocol="TCP")
    return default_fields(made, targetPort=made.get("port"))


def _update(old: Body, new: Body) -> Body:
    """Addresses stay where a client leaves them out, and so do node ports of the same port."""
    before, after = old["spec"], dict(new["spec"])
    if after.get("type") != "ExternalName" and before.get("clusterIP"):
        for name in ("clusterIP", "clusterIPs"):
            if not after.get(name) and before.get(name):
                after[name] = before[name]
    if after.get("type") in _OPEN_OUTSIDE:
        known = {_port_key(each): each.get("nodePort") for each in before.get("ports") or ()}
        after["ports"] = [
            each
            if each.get("nodePort") or not known.get(_port_key(each))
            else {**each, "nodePort": known[_port_key(each)]}
            for each in after.get("ports") or ()
        ]
    elif before.get("type") in _OPEN_OUTSIDE:
        known_ports = {each.get("nodePort") for each in before.get("ports") or ()}
        after["ports"] = [
            {
                key: value
                for key, value in each.items()
                if key != "nodePort" or value not in known_ports
            }
            for each in after.get("ports") or ()
        ]
        for name in ("externalTrafficPolicy", "allocateLoadBalancerNodePorts"):
            if after.get(name) == before.get(name):
                after.pop(name, None)
    for name in ("ipFamilies", "ipFamilyPolicy"):
        if not after.get(name) and before.get(name):
            after[name] = before[name]
    return _with_families({**new, "spec": after})


def _port_key(port: Body) -> tuple[Any, Any]:
    return port.get("port"), port.get("protocol", "TCP")


def _check(body: Body) -> Iterator[Cause]:
    spec = body["spec"]
    kind = spec.get("type")
    ports: Sequence[Body] = spec.get("ports") or ()
    if kind not in _TYPES:
        yield not_supported("spec.type", kind, _TYPES)
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield required("spec.externalName")
    elif not ports and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    for index, port in enumerate(ports):
        where = f"spec.ports[{index}]"
        if len(ports) > 1 and not port.get("name"):
            yield required(f"{where}.name")
        number = port.get("port")
        if not isinstance(number, int) or not 0 < number < 65536:
            said = "must be between 1 and 65535, inclusive"
            yield invalid_value(f"{where}.port", number or 0, said)
        if port.get("protocol") not in ("TCP", "UDP", "SCTP"):
            known = ("SCTP", "TCP", "UDP")
            yield not_supported(f"{where}.protocol", port.get("protocol"), known)


def _check_update(old: Body, new: Body) -> Iterator[Cause]:
    before = dig(old, "spec", "clusterIP", default="")
    after = dig(new, "spec", "clusterIP", default="")
    is_external = "ExternalName" in (old["spec"].get("type"), new["spec"].get("type"))
    if before and before != after and not is_external:
        said = "may not change once set"
        yield Cause(
            "FieldValueInvalid", f'Invalid value: ["{after}"]: {said}', "spec.clusterIPs[0]"
        )


SERVICE = Rule(
    default=_default,
    create=_create,
    update=_update,
    validate=_check,
    validate_update=_check_update,
    creates_on_update=True,
)
