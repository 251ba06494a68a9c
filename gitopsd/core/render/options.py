"""Where our rendering goes another way than Karmada's: every difference has a name here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How a template becomes a manifest.

    `fills_defaults` counts a replica number that is not written as an API server would, and leaves
    it unwritten where it stays the same. `normalises` writes what server-side apply and hashes need
    written in one way. `keeps_identity` refuses overrides that make another object of it. `stamps`
    adds the labels and annotations by which Karmada knows its own.
    """

    fills_defaults: bool = True
    normalises: bool = True
    keeps_identity: bool = True
    stamps: bool = False


GITOPSD = Options()
KARMADA = Options(fills_defaults=False, normalises=False, keeps_identity=False, stamps=True)
