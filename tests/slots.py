"""The slots that a rate limit gives, without waiting for them."""


def reserve(throttle, rate_limit, longest_wait_s=5.0, **asked):
    """Seconds from now to each slot that is taken, or None."""
    pauses = [0.0]
    offsets = throttle.wait(rate_limit, longest_wait_s, **asked, pause=pauses.append)
    return offsets and [pauses[-1] + offset for offset in offsets]
