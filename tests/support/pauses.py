"""A clock that moves by the pauses asked for, and does not wait."""


class Pauses:
    """Remembers how long it was asked to sleep; its time goes on by just that."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Sleep."""
        self.seconds.append(seconds)

    def monotonic(self) -> float:
        """Return the time that all pauses took."""
        return sum(self.seconds)
