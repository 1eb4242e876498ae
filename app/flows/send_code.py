"""Sends a code to a user: by which way, what the answer tells of it, and the same answer for somebody who does not exist."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from unicodedata import normalize

from sqlalchemy import Connection

from app.core import codes, users
from app.core.attributes import is_email, is_phone_number
from app.core.messages import Medium
from app.core.pools import Pool
from app.core.users import CONFIRMED, User, folded
from app.flows.message_texts import Occasion, Wording, compose
from app.flows.post_message import post_message, pretend_to_post_message
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import UserNotFoundException
from app.kit.secrets import keyed_hash

SIGN_UP = Occasion("verification", "CustomMessage_SignUp", codes.SIGN_UP_LIFETIME_MS)
RESEND = Occasion("verification", "CustomMessage_ResendCode", codes.SIGN_UP_LIFETIME_MS)
FORGOT_PASSWORD = Occasion("reset", "CustomMessage_ForgotPassword", codes.RESET_LIFETIME_MS)
UPDATE_ATTRIBUTE = Occasion("attribute_verification", "CustomMessage_UpdateUserAttribute", codes.VERIFY_LIFETIME_MS)
VERIFY_ATTRIBUTE = Occasion("attribute_verification", "CustomMessage_VerifyUserAttribute", codes.VERIFY_LIFETIME_MS)

SIGN_IN = Occasion("authentication", "CustomMessage_Authentication")

MEDIA: dict[str, Medium] = {"phone_number": "SMS", "email": "EMAIL"}
# Where both could be used, a phone is preferred (Cognito Developer Guide, "Verifying contact information at sign-up").
PREFERENCE = ("phone_number", "email")


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a code goes: the medium, the attribute that names the address, and the address as it may be shown."""

    medium: Medium
    attribute: str
    destination: str


def masked(attribute: str, value: str) -> str:
    """`j***@e***` of an e-mail, however it is spelled; `+*******1234` of a phone number."""
    if attribute == "phone_number":
        return f"+*******{value[-4:]}"
    local, _, domain = normalize("NFC", value.casefold()).rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***"


def delivery_to(attribute: str, value: str) -> Delivery:
    """The delivery to an address of a user."""
    return Delivery(MEDIA[attribute], attribute, masked(attribute, value))


def sign_up_attribute(pool: Pool, attributes: Mapping[str, str]) -> str | None:
    """The attribute that sign-up verifies: one that the pool verifies by itself and that has a value."""
    for name in PREFERENCE:
        if name in pool.auto_verified_attributes and attributes.get(name):
            return name
    return None


def post_code(
    db: Connection,
    work: Work,
    pool: Pool,
    user: User,
    *,
    purpose: str,
    attribute: str,
    value: str,
    occasion: Occasion,
    wording: Wording,
    is_hidden: bool = False,
    hides_address_limit: bool = False,
) -> Delivery:
    """Makes a code and puts it into the outbox in the open write segment, in which the user is locked or made.

    Raises what `post_message` raises, which says what `is_hidden` and `hides_address_limit` keep back.
    """
    code = codes.new_code(
        db,
        work.keyring,
        pool.pool_id,
        user.sub,
        purpose,
        attribute=attribute,
        value=value,
        lifetime_ms=occasion.valid_ms,
        now=work.now,
    )
    message = compose(
        work,
        pool,
        occasion,
        wording,
        user=user,
        username=known_name(pool, user),
        medium=MEDIA[attribute],
        destination=value,
        code=code,
    )
    post_message(db, work, pool, message, is_hidden=is_hidden, hides_address_limit=hides_address_limit)
    return delivery_to(attribute, value)


def post_sign_up_code(
    db: Connection,
    work: Work,
    pool: Pool,
    user: User,
    attribute: str,
    occasion: Occasion,
    wording: Wording,
    *,
    is_hidden: bool = False,
    hides_address_limit: bool = False,
) -> Delivery:
    """As `post_code`, for the address with which a new user proves that it is theirs."""
    return post_code(
        db,
        work,
        pool,
        user,
        purpose=codes.SIGN_UP,
        attribute=attribute,
        value=user.attributes[attribute],
        occasion=occasion,
        wording=wording,
        is_hidden=is_hidden,
        hides_address_limit=hides_address_limit,
    )


def pretend_to_post(
    work: Work, pool: Pool, name: str, delivery: Delivery, occasion: Occasion, *, client_id: str
) -> None:
    """The work of `post_code` for somebody who does not exist: a code is made and a message written, only nobody gets it."""
    nobody = User(pool.pool_id, "", name, CONFIRMED, True, {}, {}, 0, work.now, work.now)
    message = compose(
        work,
        pool,
        occasion,
        Wording(),
        user=nobody,
        username=name,
        medium=delivery.medium,
        destination=delivery.destination,
        code="000000",
    )
    with work.write() as db:
        with suppress(UserNotFoundException):
            users.lock_user(db, pool.pool_id, nobody.sub)
        codes.pretend_new_code(db, work.keyring, pool.pool_id, codes.RESET_PASSWORD)
        pretend_to_post_message(db, work, pool, message)
        record_user_event(db, work, nobody, "code.refused", client_id=client_id, outcome="failure")


def known_name(pool: Pool, user: User) -> str:
    """What a user signs in with: the username, or the address where usernames are UUIDs."""
    addresses = (user.attributes.get(name) for name in ("email", "phone_number") if name in pool.username_attributes)
    return next(filter(None, addresses), user.username)


def simulated_delivery(work: Work, pool: Pool, name: str, attributes: tuple[str, ...]) -> Delivery:
    """What an answer would tell of a user called `name` if there were one; always the same for the same name.

    `attributes` are those that the pool would send to, in its order.
    """
    if is_email(name) and (not attributes or "email" in attributes):
        return delivery_to("email", name)
    if is_phone_number(name) and (not attributes or "phone_number" in attributes):
        return delivery_to("phone_number", name)
    digest = keyed_hash(work.keyring.key(pool.pool_id, "simulated_delivery").key, folded(pool, name))
    attribute = attributes[0] if attributes else "email"
    if attribute == "phone_number":
        return delivery_to(attribute, f"+{int.from_bytes(digest[:4], 'big') % 10_000:04}")
    first, second = (chr(ord("a") + byte % 26) for byte in digest[:2])
    return delivery_to(attribute, f"{first}@{second}")
