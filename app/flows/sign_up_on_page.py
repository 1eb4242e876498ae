"""Sign-up as the hosted pages do it: whoever tries names cannot learn fast, or at all, which of them exist.

Where people choose usernames a taken one is told, as Cognito does, but only so often an hour to one source. Where usernames
are addresses it is never told: the answer, and the work for it, is that of a new account, and the owner gets a mail.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from app.core import attempts, users
from app.core.attempts import Limit
from app.core.users import User
from app.flows import passwords
from app.flows.sign_up import SignedUp, sign_up, tell_owner
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import AppError, LimitExceededException, UsernameExistsException
from app.kit.ids import new_uuid

# How many taken names one source may come upon in an hour, and how many mails about that one owner gets.
TAKEN_NAMES = Limit(30)
OWNER_MAILS = Limit(3)


def sign_up_on_page(
    work: Work,
    client: ClientSnapshot,
    username: str,
    password: str,
    attributes: Mapping[str, str],
) -> SignedUp | None:
    """Signs a person up; None when the pool's usernames are addresses and this one has an account already.

    Raises what `sign_up` raises (UsernameExistsException only where people choose usernames) and LimitExceededException.
    """
    pool = client.pool
    source = attempts.subject_of_name(work.keyring, pool.pool_id, f"source|{_network(work.source_ip)}")
    _reserve(work, pool.pool_id, source, "taken_names", TAKEN_NAMES)
    try:
        signed_up = sign_up(work, client, username, password, attributes)
    except UsernameExistsException:
        if not pool.username_attributes:
            raise
        passwords.prepare(work, pool, new_uuid(), password)
        _tell_owner(work, client, username)
        return None
    except AppError:
        _release(work, pool.pool_id, source)
        raise
    _release(work, pool.pool_id, source)
    return signed_up


def _tell_owner(work: Work, client: ClientSnapshot, username: str) -> None:
    pool = client.pool
    with work.read() as db:
        owner: User | None = users.find_user(db, pool, username)
    if owner is None:
        return
    try:
        _reserve(work, pool.pool_id, owner.sub, "account_exists", OWNER_MAILS)
    except LimitExceededException:
        return
    tell_owner(work, client, username)


def _reserve(work: Work, pool_id: str, subject: str, kind: str, limit: Limit) -> None:
    with work.write() as db:
        attempts.reserve(db, pool_id, subject, kind, work.now, limit)


def _release(work: Work, pool_id: str, source: str) -> None:
    with work.write() as db:
        attempts.release(db, pool_id, source, "taken_names", TAKEN_NAMES)


def _network(source_ip: str) -> str:
    """The address, or its /64 network, since one subscriber of IPv6 has all of that."""
    try:
        address = ip_address(source_ip)
    except ValueError:
        return source_ip
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else source_ip
