"""Where our scheduler goes another way than Karmada's: every difference has a name here."""

from dataclasses import dataclass

FIELDS = ("region", "zone", "provider", "label")


@dataclass(frozen=True, slots=True)
class Options:
    """How the scheduler decides where Karmada's answer is no good one.

    `groups_by` are the spread fields that choose groups; the others only ask that a cluster has
    such a value. `omitted_maximum` is what a `maxGroups` that is not written means, None for
    unbounded. `widens_for_room` takes more groups than the constraints need, as far as they allow,
    when the replicas to be divided find no room in so few. `propagates_empty` sends a divided
    workload to every selected cluster, with 0 replicas where it has no share. `keeps_zero` leaves a
    workload of 0 replicas where it was, or puts it where one replica would go. `turns_back` lets a
    workload leave its affinity group for an earlier one: always when none from its own on will do,
    and whenever it fits if the request asks for failback. `first_failure_decides` gives a workload
    up when its first group fits nowhere although a later one is merely full. `counts_in_int32` lets
    sums of free room overflow as they do in Go.
    """

    groups_by: tuple[str, ...] = FIELDS
    omitted_maximum: int | None = None
    widens_for_room: bool = True
    propagates_empty: bool = False
    keeps_zero: bool = True
    turns_back: bool = True
    first_failure_decides: bool = False
    counts_in_int32: bool = False


GITOPSD = Options()
KARMADA = Options(
    groups_by=("region",),
    omitted_maximum=0,
    widens_for_room=False,
    keeps_zero=False,
    turns_back=False,
    first_failure_decides=True,
    counts_in_int32=True,
)
