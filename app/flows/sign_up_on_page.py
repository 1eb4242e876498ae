"""Sign-up as the hosted pages do it: whoever tries names cannot learn fast, or at all, which of them exist.

Where people choose usernames a taken one is told, as Cognito does, but only so often an hour to one source. Where usernames
are addresses it is never told: the answer, and the work for it, is that of a new account, and the owner gets a mail.
"""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from app.core import attempts, users
from app.core.attempts import Limit
from app.core.credentials import find_password
from app.core.pools import Pool
from app.core.users import UNCONFIRMED
from app.flows import passwords
from app.flows.sign_up import SignedUp, sign_up, tell_owner
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.clock import MINUTE
from app.kit.errors import AppError, LimitExceededException, UsernameExistsException
from app.kit.ids import new_uuid

# How many taken names one source may come upon in an hour, and how many mails about that one owner gets.
TAKEN_NAMES = Limit(30)
OWNER_MAILS = Limit(3)
# How often, and how soon, the same form may come again for the account that it has made.
SAME_FORM = Limit(5)
_SAME_FORM_MS = 15 * MINUTE


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
        again = _find_own(work, pool, username, password)
        if again is None:
            _tell_owner(work, client, username)
        return again
    except AppError:
        _release(work, pool.pool_id, source)
        raise
    _release(work, pool.pool_id, source)
    return signed_up


def _find_own(work: Work, pool: Pool, username: str, password: str) -> SignedUp | None:
    """The account that the same form, sent twice, has just made. For any other the work of a new account is done."""
    with work.read() as db:
        user = users.find_user(db, pool, username)
        known = find_password(db, work.keyring, pool.pool_id, user.sub) if user else None
    is_fresh = user is not None and user.status == UNCONFIRMED and work.now - user.created_at < _SAME_FORM_MS
    if user and is_fresh and _try_reserve(work, pool.pool_id, user.sub, "sign_up_again", SAME_FORM):
        return SignedUp(user, None) if passwords.verify(work, pool, known, password) else None
    passwords.prepare(work, pool, new_uuid(), password)
    return None


def _tell_owner(work: Work, client: ClientSnapshot, username: str) -> None:
    pool = client.pool
    with work.read() as db:
        owner = users.find_user(db, pool, username)
    if owner and _try_reserve(work, pool.pool_id, owner.sub, "account_exists", OWNER_MAILS):
        tell_owner(work, client, username)


def _try_reserve(work: Work, pool_id: str, subject: str, kind: str, limit: Limit) -> bool:
    try:
        _reserve(work, pool_id, subject, kind, limit)
    except LimitExceededException:
        return False
    return True


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
