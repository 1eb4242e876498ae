"""One-time codes of a sign-in, by mail or SMS: sent when the challenge is asked, kept as an HMAC in its sealed session.

Nothing of a code is stored: it lives as long as the session and ends with it. For somebody who does not exist the same work
is done and nothing is sent. The session holds a hash of the address: its length must not tell whether there is one.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.core import attempts
from app.core.messages import Message
from app.core.pools import Pool
from app.core.users import CONFIRMED, User
from app.flows.challenge_steps import CODE_GUESS, Asked, SignIn, check_guess, leave_session
from app.flows.check_guess import Guess
from app.flows.message_texts import Wording, compose, find_wording
from app.flows.post_message import post_message, pretend_to_post_message
from app.flows.second_factors import NoSecondFactorError
from app.flows.send_code import SIGN_IN, Delivery, delivery_to, known_name, simulated_delivery
from app.kit.errors import AppError, CodeDeliveryFailureException, CodeMismatchException, LimitExceededException
from app.kit.secrets import equal, keyed_hash, random_code

# Cognito's sign-in codes by mail have eight digits, those by SMS six.
_DIGITS = {"email": 8, "phone_number": 6}
_KEY = "sign_in.codes"
_SENDING = "send_sign_in_code"


@dataclass(frozen=True, slots=True)
class _Recipient:
    user: User
    username: str
    delivery: Delivery
    address: str


def ask_for_code(
    sign_in: SignIn, challenge: str, attribute: str, *, new_address: str | None = None, is_simulated: bool = False
) -> Asked:
    """Sends a code to the user's address (or to `new_address`, which is to become theirs) and asks for it.

    `is_simulated` says that whoever asks may not begin with such a code: then, as for nobody, none is sent and none is
    right. Raises TooManyRequestsException after twenty codes in an hour, NoSecondFactorError for a user without an address;
    on the pages, for a new address, also what `post_message` raises.
    """
    work, pool = sign_in.work, sign_in.pool
    recipient = _recipient(sign_in, attribute, new_address, is_simulated=is_simulated)
    code = random_code(_DIGITS[attribute])
    message = _message(sign_in, recipient, code)
    with work.write() as db:
        subject = sign_in.candidate.subject
        leave_session(db, sign_in)
        attempts.reserve(db, pool.pool_id, subject, _SENDING, work.now, attempts.SEND_SIGN_IN_CODE)
        refusal = _post(db, sign_in, message, recipient)
    if refusal and new_address and sign_in.door == "pages":
        raise refusal
    parameters = {
        "CODE_DELIVERY_DELIVERY_MEDIUM": recipient.delivery.medium,
        "CODE_DELIVERY_DESTINATION": recipient.delivery.destination,
        "USER_ID_FOR_SRP": sign_in.candidate.username,
    }
    state = {
        # A code that nobody was sent cannot be the right one by chance.
        "code": _hash(sign_in, code if recipient.address else os.urandom(16).hex()),
        "address": address_hash(sign_in, recipient.address),
        "attribute": attribute,
    }
    if new_address:
        state["new_address"] = new_address
    return Asked(challenge, parameters, state, has_spent=True)


def check_code(sign_in: SignIn, code: str, wrong: Callable[[], AppError] | None = None) -> Guess:
    """Compares a code with the session's, counted as a guess; raises CodeMismatchException, NotAuthorizedException."""
    state: Mapping[str, str] = sign_in.session.state if sign_in.session else {}

    def compare() -> bool:
        is_right = equal(state.get("code", ""), _hash(sign_in, code))
        return is_right and sign_in.candidate.user is not None

    return check_guess(sign_in, compare, kind=CODE_GUESS, wrong=wrong or mismatch)


def address_hash(sign_in: SignIn, address: str) -> str:
    """What the session of a sent code holds of the address that it went to."""
    return _hash(sign_in, "address", address)


def mismatch() -> CodeMismatchException:
    """What a wrong one-time code of a sign-in gives."""
    return CodeMismatchException("Invalid code or auth state for the user.")


def _message(sign_in: SignIn, recipient: _Recipient, code: str) -> Message:
    client, work, pool = sign_in.client.client, sign_in.work, sign_in.pool
    occasion = replace(SIGN_IN, valid_ms=client.auth_session_ms)
    wording = Wording()
    if recipient.address:
        media = (recipient.delivery.medium,)
        wording = find_wording(
            work, pool, occasion, recipient.user, sign_in.metadata, media=media, client_id=client.client_id
        )
    return compose(
        work,
        pool,
        occasion,
        wording,
        user=recipient.user,
        username=recipient.username,
        medium=recipient.delivery.medium,
        destination=recipient.address,
        code=code,
    )


def _post(db: Connection, sign_in: SignIn, message: Message, recipient: _Recipient) -> AppError | None:
    """Why the message may not go out, None if it does. Nothing is raised here: what was counted stays counted."""
    if not recipient.address:
        pretend_to_post_message(db, sign_in.work, sign_in.pool, message)
        return None
    try:
        post_message(db, sign_in.work, sign_in.pool, message)
    except (CodeDeliveryFailureException, LimitExceededException) as error:
        return error
    return None


def _recipient(sign_in: SignIn, attribute: str, new_address: str | None, *, is_simulated: bool) -> _Recipient:
    work, pool, candidate = sign_in.work, sign_in.pool, sign_in.candidate
    user = candidate.user
    if user is None or is_simulated:
        name = candidate.asked_name
        nobody = User(pool.pool_id, "", name, CONFIRMED, True, {}, {}, 0, work.now, work.now)
        return _Recipient(nobody, name, simulated_delivery(work, pool, name, (attribute,)), "")
    address = new_address or user.attributes.get(attribute)
    if not address:
        raise NoSecondFactorError(f"The user has no {attribute}.")
    return _Recipient(user, known_name(pool, user), delivery_to(attribute, address), address)


def _hash(sign_in: SignIn, *parts: str) -> str:
    pool: Pool = sign_in.pool
    key = sign_in.work.keyring.key(pool.pool_id, _KEY).key
    return keyed_hash(key, sign_in.candidate.sub, sign_in.event_id, *parts).hex()
