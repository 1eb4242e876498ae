"""What the gateways that speak HTTP have in common: one request, and what its answer means for a message."""

from collections.abc import Mapping

from app.gateways.messages import DeliveryError
from app.gateways.outbound import Outbound, OutboundError, Reply

SECONDS = 15
_MAX_ANSWER = 64 * 1_024
_MOST_RETRY_AFTER = 3_600
# Who asks, or where: an operator may put that right. Too early or too often: time will.
_NOT_FINAL = frozenset({401, 403, 404, 407, 408, 425, 429})


def post(outbound: Outbound, url: str, headers: Mapping[str, str], body: bytes, seconds: float = SECONDS) -> Reply:
    """Posts a message; gives any answer. Raises DeliveryError when none came."""
    try:
        return outbound.send("POST", url, headers, body, seconds, _MAX_ANSWER)
    except OutboundError as error:
        raise DeliveryError(error.text, is_outage=True) from None


def check_taken(reply: Reply, reason: str = "") -> None:
    """Raises DeliveryError unless the answer is a success. `reason` is told besides the status: nothing of the body is,
    since it might repeat the message.
    """
    if 200 <= reply.status < 300:
        return
    is_final = 400 <= reply.status < 500 and reply.status not in _NOT_FINAL
    raise DeliveryError(
        f"HTTP {reply.status} {reason}", is_final=is_final, is_outage=not is_final, retry_after=_retry_after(reply)
    )


def _retry_after(reply: Reply) -> float:
    """Seconds of a Retry-After header, which may also be a date: then none."""
    value = reply.headers.get("retry-after", "")
    return min(int(value), _MOST_RETRY_AFTER) if value.isascii() and value.isdecimal() and len(value) < 9 else 0
