"""Risk configurations: what threat protection shall do, for a pool or for one of its clients.

Amazon Cognito user pools API, SetRiskConfiguration; Developer Guide, "Advanced security with threat protection". A client
without a configuration of its own inherits the pool's; one of its own replaces the pool's as a whole.
"""

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from app.db.tables.risk import RiskConfiguration as RiskRow
from app.kit.errors import InvalidParameterException

Document = dict[str, Any]
EVENTS = ("SIGN_IN", "PASSWORD_CHANGE", "SIGN_UP")
ACTIVE_MODES = frozenset({"AUDIT", "ENFORCED"})
_COMPROMISED = "CompromisedCredentialsRiskConfiguration"
_TAKEOVER = "AccountTakeoverRiskConfiguration"
_EXCEPTIONS = "RiskExceptionConfiguration"
_EMAILS = ("BlockEmail", "NoActionEmail", "MfaEmail")
# Developer Guide, "Message templates": these links lead to the pool's domain.
_LINKS = ("{one-click-link-valid}", "{one-click-link-invalid}")


@dataclass(frozen=True)
class RiskConfiguration:
    """A risk configuration as it is stored. `client_id` is None for the pool's own."""

    client_id: str | None
    document: Document
    updated_at: int


def has_threat_protection(configuration: Mapping[str, Any]) -> bool:
    """Whether a pool's configuration turns threat protection on (UserPoolAddOns.AdvancedSecurityMode)."""
    return (configuration.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode") in ACTIVE_MODES


def find_risk_configuration(db: Connection, pool_id: str, client_id: str | None) -> RiskConfiguration | None:
    """The configuration of a client, or with None of the pool itself; None if it has none of its own."""
    row = db.execute(
        select(RiskRow.client_id, RiskRow.configuration, RiskRow.updated_at).where(_of(pool_id, client_id))
    ).one_or_none()
    return None if row is None else RiskConfiguration(row.client_id, row.configuration, row.updated_at)


def put_risk_configuration(
    db: Connection, pool_id: str, client_id: str | None, document: Document, now: int
) -> RiskConfiguration:
    """Replaces the configuration; an empty one is none. The caller has locked the pool."""
    db.execute(delete(RiskRow).where(_of(pool_id, client_id)))
    if document:
        db.execute(
            insert(RiskRow).values(
                pool_id=pool_id,
                subject=client_id or "",
                client_id=client_id,
                configuration=document,
                updated_at=now,
            )
        )
    return RiskConfiguration(client_id, document, now)


def checked_document(given: Mapping[str, Any], *, has_domain: bool) -> Document:
    """The configuration to be stored for what SetRiskConfiguration was given, defaults merged.

    `has_domain` says whether the pool has a domain for one-click links. Raises InvalidParameterException.
    """
    document = {name: given[name] for name in (_COMPROMISED, _TAKEOVER, _EXCEPTIONS) if given.get(name) is not None}
    if _COMPROMISED in document:
        document[_COMPROMISED] = _compromised(document[_COMPROMISED])
    if _TAKEOVER in document:
        _check_takeover(document[_TAKEOVER], has_domain)
    if _EXCEPTIONS in document:
        _check_ranges(document[_EXCEPTIONS])
    return document


def _compromised(given: Mapping[str, Any]) -> Document:
    """The event filter "defaults to all events"."""
    return {**given, "EventFilter": list(dict.fromkeys(given.get("EventFilter") or EVENTS))}


def _check_takeover(given: Mapping[str, Any], has_domain: bool) -> None:
    notify = given.get("NotifyConfiguration")
    notifies = any(action["Notify"] for action in given["Actions"].values())
    if notifies and notify is None:
        raise InvalidParameterException("NotifyConfiguration is required when an action notifies the user.")
    for text in _lines(notify or {}):
        if "\r" in text or "\n" in text:
            raise InvalidParameterException("Subjects and senders of e-mail must be one line.")
    if not has_domain and any(link in body for body in _bodies(notify or {}) for link in _LINKS):
        raise InvalidParameterException(
            f"The placeholders {' and '.join(_LINKS)} need a domain, which the user pool does not have."
        )


def _lines(notify: Mapping[str, Any]) -> Iterator[str]:
    yield notify.get("From") or ""
    yield notify.get("ReplyTo") or ""
    for name in _EMAILS:
        yield (notify.get(name) or {}).get("Subject") or ""


def _bodies(notify: Mapping[str, Any]) -> Iterator[str]:
    for name in _EMAILS:
        email = notify.get(name) or {}
        yield email.get("HtmlBody") or ""
        yield email.get("TextBody") or ""


def _check_ranges(given: Mapping[str, Any]) -> None:
    """Every range is a network in CIDR notation (RFC 4632, RFC 4291 section 2.3); the model limits how many."""
    for name in ("BlockedIPRangeList", "SkippedIPRangeList"):
        for text in given.get(name) or ():
            if not _is_range(text):
                raise InvalidParameterException(f"{name}: {text[:64]} is no IP address range in CIDR notation.")


def _is_range(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    # A netmask in dotted form and an interface (`%eth0`) would be taken, too.
    return text.partition("/")[2].isdecimal() and "%" not in text


def _of(pool_id: str, client_id: str | None) -> ColumnElement[bool]:
    return and_(RiskRow.pool_id == pool_id, RiskRow.subject == (client_id or ""))
