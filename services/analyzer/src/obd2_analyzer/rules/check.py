"""A check: one reviewed thing a person can do about a finding."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One entry of the catalogue of checks.

    Args:
        id: stable name a reply and the stored advice refer to, such as ``coolant.level``.
        text: the whole instruction as one sentence, with when it is safe to do.
    """

    id: str
    text: str
