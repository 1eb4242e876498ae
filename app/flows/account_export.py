"""Everything that a pool holds about a user, for the user: the download of the account page. No secret is in it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from app.core import attempts, attributes, audit, credentials, groups, identities, mfa, passkeys, recovery_codes
from app.core import software_tokens as tokens
from app.core.audit import Event
from app.flows.account_access import Account
from app.flows.account_overview import devices_of
from app.flows.account_sessions import sessions_of
from app.flows.user_events import record_user_event
from app.flows.work import Work

MOST_EVENTS = 1_000
_KIND = "export_account"
Members = dict[str, Any]


def export_account(work: Work, account: Account) -> Members:
    """The account as JSON: profile, groups, factors, linked accounts, devices, sessions, and the newest events.

    Attributes are those that the session's app may read, as GetUser shows them; times in ISO 8601, UTC. Raises
    TooManyRequestsException after ten downloads in an hour.
    """
    pool, user = account.pool, account.user
    with work.write() as db:
        attempts.reserve(db, pool.pool_id, user.sub, _KIND, work.now, attempts.EXPORT)
        record_user_event(db, work, user, "account.exported", client_id=account.client_id)
    with work.read() as db:
        return {
            "exported_at": _time(work.now),
            "user_pool": {"id": pool.pool_id, "name": pool.name},
            "profile": _profile(account),
            "groups": [
                {"name": group.name, "description": group.description}
                for group in groups.groups_of(db, pool.pool_id, user.sub)
            ],
            "factors": _factors(db, work, account),
            "linked_accounts": _linked(db, account),
            "devices": _devices(db, account),
            "sessions": _sessions(db, account, work.now),
            **_events(audit.list_events_of(db, pool.pool_id, user.sub, limit=MOST_EVENTS + 1)),
        }


def _profile(account: Account) -> Members:
    user, client = account.user, account.client
    readable = attributes.readable_names(client.client.configuration, client.pool.schema_by_name)
    return {
        "username": user.username,
        "status": user.status,
        "created_at": _time(user.created_at),
        "updated_at": _time(user.updated_at),
        "attributes": {name: value for name, value in sorted(user.all_attributes.items()) if name in readable},
    }


def _factors(db: Connection, work: Work, account: Account) -> Members:
    pool_id, user = account.pool.pool_id, account.user
    return {
        "has_password": credentials.find_password(db, pool_id, user.sub) is not None,
        "passkeys": [
            {
                "credential_id": passkey.credential_id,
                "name": passkey.name,
                "relying_party": passkey.rp_id,
                "backed_up": passkey.backed_up,
                "created_at": _time(passkey.created_at),
            }
            for passkey in passkeys.list_passkeys(db, pool_id, user.sub)
        ],
        "authenticator_apps": [{"name": app.name} for app in tokens.list_tokens(db, work.keyring, pool_id, user.sub)],
        "recovery_codes_left": recovery_codes.count_codes(db, pool_id, user.sub),
        "mfa": {"enabled": list(mfa.enabled_factors(user.mfa)), "preferred": mfa.preferred_factor(user.mfa)},
    }


def _linked(db: Connection, account: Account) -> list[Members]:
    return [
        {
            "provider": identity.provider,
            "attribute": identity.attribute,
            "value": identity.value,
            "linked_at": _time(identity.linked_at),
        }
        for identity in identities.list_identities(db, account.pool.pool_id, account.user.sub)
    ]


def _devices(db: Connection, account: Account) -> list[Members]:
    return [
        {
            "name": device.name,
            "remembered": device.is_remembered,
            "last_ip": device.last_ip,
            "created_at": _time(device.created_at),
            "last_authenticated_at": _time(device.last_authenticated_at),
        }
        for device in devices_of(db, account)
    ]


def _sessions(db: Connection, account: Account, now: int) -> list[Members]:
    return [
        {
            "type": session.kind,
            "client_id": session.client_id,
            "user_agent": session.user_agent,
            "source_ip": session.source_ip,
            "created_at": _time(session.created_at),
            "last_active_at": _time(session.last_active_at),
            "current": session.is_current,
        }
        for session in sessions_of(db, account, now)
    ]


def _events(found: Sequence[Event]) -> Members:
    """What happened; who of the operators did something, and from where, is theirs."""
    events = [
        {
            "kind": event.kind,
            "at": _time(event.at),
            "outcome": event.outcome,
            "client_id": event.client_id,
            "by": "operator" if event.principal else "user",
            "source_ip": "" if event.principal else event.source_ip,
        }
        for event in found[:MOST_EVENTS]
    ]
    return {"events": events, "has_older_events": len(found) > MOST_EVENTS}


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
