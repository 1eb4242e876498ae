"""Sign-up as the hosted pages do it: in every case what came of it looks like a new account, unless people choose usernames.

Where people choose usernames a taken one is told, as Cognito does. Where usernames are addresses it is never told: the
answer, and the work for it, is that of a new account. The owner of an account gets a mail; whoever has an account that nobody
has confirmed gets a new code, for nobody has proven yet whose it is (given_sign_up).
"""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection

from app.core import attempts, credentials, users
from app.core.attempts import Limit
from app.core.pools import Pool
from app.core.users import UNCONFIRMED, User
from app.flows import passwords
from app.flows.given_sign_up import is_unproven
from app.flows.message_texts import Occasion, Wording, compose, find_wording
from app.flows.name_user import address_kind
from app.flows.post_message import post_message
from app.flows.resend_code import RESENDING
from app.flows.send_code import MEDIA, RESEND, known_name, post_sign_up_code
from app.flows.sign_up import SignedUp, draft_user, sign_up
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import pre_sign_up
from app.flows.triggers.pre_sign_up import call_pre_sign_up
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import LimitExceededException, UsernameExistsException

# How many taken names one source is told of in an hour, and how many mails about that one owner gets.
TAKEN_NAMES = Limit(30)
OWNER_MAILS = Limit(3)
_SAME_FORM = Limit(1)
_ACCOUNT_EXISTS = Occasion("account_exists")


def sign_up_on_page(
    work: Work,
    client: ClientSnapshot,
    username: str,
    password: str,
    attributes: Mapping[str, str],
    *,
    form: str,
) -> SignedUp:
    """Signs a person up. `form` is what tells this form from any other: the same one sent twice sends one message.

    Where usernames are addresses, the user is the one that a code may confirm: the new one, one that nobody has confirmed, or
    nobody. Raises what `sign_up` raises (UsernameExistsException only where people choose usernames) and
    LimitExceededException.
    """
    pool = client.pool
    if not pool.username_attributes:
        return _with_username(work, client, username, password, attributes)
    name = f"form|{users.folded(pool, username)}|{form}"
    is_first = _is_within(work, pool, attempts.subject_of_name(work.keyring, pool.pool_id, name), "sign_up_form")
    try:
        return sign_up(work, client, username, password, attributes)
    except UsernameExistsException:
        return _again(work, client, username, password, attributes, is_first=is_first)


def _with_username(
    work: Work, client: ClientSnapshot, username: str, password: str, attributes: Mapping[str, str]
) -> SignedUp:
    pool = client.pool
    try:
        return sign_up(work, client, username, password, attributes)
    except UsernameExistsException:
        source = attempts.subject_of_name(work.keyring, pool.pool_id, f"source|{_network(work.source_ip)}")
        with work.write() as db:
            attempts.reserve(db, pool.pool_id, source, "taken_names", work.now, TAKEN_NAMES)
        raise


def _again(
    work: Work,
    client: ClientSnapshot,
    username: str,
    password: str,
    attributes: Mapping[str, str],
    *,
    is_first: bool,
) -> SignedUp:
    """The sign-up with an address that somebody has: as for a new user one hash is made, and one message posted."""
    pool, kind = client.pool, address_kind(client.pool, username)
    user = draft_user(work, client, username, attributes)
    with work.read() as db:
        owner = users.find_user(db, pool, username)
    if owner is None or not is_unproven(pool, owner, kind):
        new = passwords.prepare(work, pool, user.username, password)
        if owner and is_first:
            _tell_owner(work, client, owner, kind)
        return SignedUp(user, None, new)
    client_id = client.client.client_id
    user = call_pre_sign_up(
        work, pool, user, pre_sign_up.SIGN_UP, validation_data=None, metadata=None, client_id=client_id
    )
    new = passwords.prepare(work, pool, owner.username, password)
    # An account made while this request was on its way is of the same form, sent twice.
    if is_first and owner.created_at < work.now:
        _send_code(work, client, owner, kind)
    return SignedUp(replace(user, sub=owner.sub, username=owner.username, status=UNCONFIRMED), None, new)


def _send_code(work: Work, client: ClientSnapshot, owner: User, kind: str) -> None:
    """Sends a new code to the address, by the same message and within the same limit as when one is sent again.

    The password before is dropped: however the account is confirmed now, whoever signed up first cannot sign in with theirs.
    """
    pool, client_id = client.pool, client.client.client_id
    wording = find_wording(work, pool, RESEND, owner, None, media=(MEDIA[kind],), client_id=client_id)
    with work.write() as db:
        owner = users.lock_user(db, pool.pool_id, owner.sub)
        if not is_unproven(pool, owner, kind):
            return
        history_size = passwords.history_size(pool)
        credentials.delete_password(db, pool.pool_id, owner.sub, history_size=history_size)
        if not _has_room(db, work, pool, owner.sub, RESENDING, attempts.RESEND_CONFIRMATION_CODE):
            return
        record_user_event(db, work, owner, "sign_up.code_sent", client_id=client_id)
        post_sign_up_code(db, work, pool, owner, kind, RESEND, wording, hides_address_limit=True)


def _tell_owner(work: Work, client: ClientSnapshot, owner: User, kind: str) -> None:
    """Writes to whoever has the address already that somebody tried to sign up with it."""
    pool = client.pool
    message = compose(
        work,
        pool,
        _ACCOUNT_EXISTS,
        Wording(),
        user=owner,
        username=known_name(pool, owner),
        medium=MEDIA[kind],
        destination=owner.attributes[kind],
        code="",
    )
    with work.write() as db:
        if not _has_room(db, work, pool, owner.sub, "account_exists", OWNER_MAILS):
            return
        post_message(db, work, pool, message, hides_address_limit=True)
        client_id = client.client.client_id
        record_user_event(db, work, owner, "sign_up", client_id=client_id, outcome="failure", reason="exists")


def _is_within(work: Work, pool: Pool, subject: str, kind: str) -> bool:
    with work.write() as db:
        return _has_room(db, work, pool, subject, kind, _SAME_FORM)


def _has_room(db: Connection, work: Work, pool: Pool, subject: str, kind: str, limit: Limit) -> bool:
    try:
        attempts.reserve(db, pool.pool_id, subject, kind, work.now, limit)
    except LimitExceededException:
        return False
    return True


def _network(source_ip: str) -> str:
    """The address, or its /64 network, since one subscriber of IPv6 has all of that."""
    try:
        address = ip_address(source_ip)
    except ValueError:
        return source_ip
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else source_ip
