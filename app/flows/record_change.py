"""The audit line of a change that an operator or a user made through an API operation."""

from collections.abc import Mapping

from app.core.audit import Event, record
from app.flows.work import Work


def record_change(work: Work, operation: str, pool_id: str | None, changed: Mapping[str, object]) -> None:
    """Writes that `operation` was done, with its redacted parameters, by whoever called."""
    caller = work.caller
    event = Event(
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
    with work.write() as db:
        record(db, event)
