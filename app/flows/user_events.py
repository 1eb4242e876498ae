"""Audit events about a user, with what the request says of caller and origin."""

from typing import Any

from sqlalchemy import Connection

from app.core.audit import Event, record
from app.core.users import User
from app.flows.work import Work


def record_user_event(
    db: Connection,
    work: Work,
    user: User,
    kind: str,
    *,
    client_id: str | None = None,
    outcome: str = "success",
    **details: Any,
) -> None:
    """Writes an event about a user in the transaction of what it tells about; `details` holds no secret."""
    record(
        db,
        Event(
            kind=kind,
            at=work.now,
            request_id=work.request_id,
            outcome=outcome,
            pool_id=user.pool_id,
            sub=user.sub or None,
            client_id=client_id,
            principal=work.caller.principal_arn or None,
            source_ip=work.source_ip,
            details=details,
        ),
    )
