"""The audit line of a change that an operator or a user made through an API operation."""

from collections.abc import Mapping

from app.core.audit import Event
from app.flows.work import Work


def announce_change(work: Work, operation: str, pool_id: str | None, changed: Mapping[str, object]) -> None:
    """Has the line that `operation` was done, with its redacted parameters, written in the transaction that does it.

    For operations with one write segment: none changes anything before the line's own. An operation that makes a pool
    gives the line its id.
    """
    caller = work.caller
    work.change = Event(
        kind=operation,
        at=work.now,
        request_id=work.request_id,
        pool_id=pool_id or "",
        sub=caller.sub or None,
        client_id=caller.client_id or None,
        principal=caller.principal_arn or None,
        source_ip=work.source_ip,
        details=dict(changed),
    )


def record_change(work: Work, operation: str, pool_id: str | None, changed: Mapping[str, object]) -> None:
    """Writes that `operation` was done, with its redacted parameters, by whoever called."""
    announce_change(work, operation, pool_id, changed)
    with work.write():
        pass
