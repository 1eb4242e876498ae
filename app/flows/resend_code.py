"""The code of a sign-up is sent anew (API: ResendConfirmationCode)."""

from collections.abc import Mapping

from app.core import attempts, users
from app.core.pools import Pool
from app.core.users import UNCONFIRMED, User
from app.flows.confirm_sign_up import reserve_attempt
from app.flows.message_texts import find_wording
from app.flows.send_code import (
    MEDIA,
    PREFERENCE,
    RESEND,
    Delivery,
    post_sign_up_code,
    pretend_to_post,
    sign_up_attribute,
    simulated_delivery,
)
from app.flows.snapshots import ClientSnapshot
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, UserNotFoundException

RESENDING = "resend_confirmation_code"


def resend_code(
    work: Work,
    client: ClientSnapshot,
    username: str,
    *,
    hides: bool | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Delivery:
    """Sends another code, which makes the one before useless. `hides` overrides PreventUserExistenceErrors.

    Raises UserNotFoundException (or answers as if there were a user), InvalidParameterException for a user who is
    confirmed or has no address that the pool verifies, LimitExceededException.
    """
    pool = client.pool
    is_hidden = client.client.hides_user_existence if hides is None else hides
    user = reserve_attempt(work, pool, username, RESENDING, attempts.RESEND_CONFIRMATION_CODE)
    if user is None:
        if not is_hidden:
            raise UserNotFoundException("Username/client id combination not found.")
        automatic = tuple(name for name in PREFERENCE if name in pool.auto_verified_attributes)
        delivery = simulated_delivery(work, pool, username, automatic)
        pretend_to_post(work, pool, username, delivery, RESEND, client_id=client.client.client_id)
        return delivery
    media = (MEDIA[_attribute(pool, user)],)
    wording = find_wording(work, pool, RESEND, user, metadata, media=media, client_id=client.client.client_id)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        attribute = _attribute(pool, user)
        record_user_event(db, work, user, "sign_up.code_sent", client_id=client.client.client_id)
        return post_sign_up_code(db, work, pool, user, attribute, RESEND, wording, is_hidden=is_hidden)


def _attribute(pool: Pool, user: User) -> str:
    if user.status != UNCONFIRMED:
        raise InvalidParameterException("User is already confirmed.")
    attribute = sign_up_attribute(pool, user.attributes)
    if attribute is None:
        raise InvalidParameterException("Cannot resend codes. Auto verification not turned on.")
    return attribute
