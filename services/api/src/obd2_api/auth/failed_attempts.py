"""Counts wrong keys per source address and minute."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter


class FailedAttempts:
    """The wrong keys of the current minute, by address; requests with the right key are never counted or asked."""

    def __init__(self, per_minute: int) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def may_fail_again(self, address: str) -> bool:
        """Count one wrong key and tell whether the address is still below its limit."""
        return self._limiter.hit(self._limit, source_of(address))


def source_of(address: str) -> str:
    """Return whom an address belongs to: an IPv6 host has a whole network of 2^64 addresses to try from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, 64), strict=False))
    return address
