"""When an access key was last used, at most once a minute for each process; a use of the root key is an audit event."""

from app.core import access_keys, audit
from app.core.audit import Event
from app.flows.work import Work
from app.kit.clock import MINUTE


def note_key_use(work: Work) -> None:
    """Notes the operator's use of their key. To be called once the signature is verified."""
    caller, noted = work.caller, work.resources.key_uses
    if not caller.access_key_id or work.now - noted.get(caller.access_key_id, 0) < MINUTE:
        return
    noted[caller.access_key_id] = work.now
    with work.write() as db:
        access_keys.stamp_use(db, caller.access_key_id, work.now)
        if caller.principal_arn == access_keys.root_arn(caller.account_id):
            audit.record(db, _root_used(work))


def _root_used(work: Work) -> Event:
    return Event(
        kind="access_key.root_used",
        at=work.now,
        request_id=work.request_id,
        principal=work.caller.principal_arn,
        source_ip=work.source_ip,
        details={"access_key_id": work.caller.access_key_id},
    )
