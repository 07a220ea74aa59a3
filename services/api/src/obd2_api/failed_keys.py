"""Counts wrong keys per source address."""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class FailedKeys:
    """The wrong keys of the current minute, by address; requests with the right key are never counted or asked."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def may_fail_again(self, address: str) -> bool:
        """Count one wrong key and tell whether the address is still below its limit."""
        return self._limiter.hit(self._limit, address)
