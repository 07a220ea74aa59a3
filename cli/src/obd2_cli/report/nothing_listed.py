"""Why a list of drives is empty, for people."""

from collections.abc import Mapping, Sequence

NOTHING_YET = "The server knows no drives yet. A Pi sends its rows by itself; without one, see simulate and push."


def why_empty(epochs_of: Mapping[str, Sequence[int]], device: str | None, epoch: int | None) -> str | None:
    """Say that the device or epoch asked for does not exist; None when both do and there are no drives all the same.

    Args:
        epochs_of: every device that has ever sent anything, and the epochs of its database.
        device: the one asked for.
        epoch: the one asked for.
    """
    if device is not None and device not in epochs_of:
        known = ", ".join(sorted(epochs_of))
        return f"no device {device} has ever sent anything" + (f"; known are {known}" if known else "")
    asked = epochs_of if device is None else {device: epochs_of[device]}
    epochs = sorted({each for known in asked.values() for each in known})
    if epoch is not None and epochs and epoch not in epochs:
        owner = "no device" if device is None else device
        verb = "has" if device is None else "has no"
        return f"{owner} {verb} epoch {epoch}; there is {', '.join(map(str, epochs))}"
    return None


def more_than(limit: int) -> str:
    """Say that a list ends before the drives do."""
    return f"The latest {limit} are shown; --limit shows more."
