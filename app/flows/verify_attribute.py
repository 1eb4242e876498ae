"""An address of a signed-in user is verified by code (API: GetUserAttributeVerificationCode, VerifyUserAttribute)."""

from collections.abc import Mapping

from app.core import attempts, codes, users
from app.core.pools import Pool
from app.core.users import VERIFIABLE, User
from app.flows.message_texts import find_wording
from app.flows.send_code import MEDIA, VERIFY_ATTRIBUTE, Delivery, post_code
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import ExpiredCodeException, InvalidParameterException

_ASK = "get_attribute_code"
_VERIFY = "verify_attribute"


def send_verification_code(
    work: Work, pool: Pool, user: User, attribute: str, *, client_id: str, metadata: Mapping[str, str] | None = None
) -> Delivery:
    """Sends a code to an address of the user, to a value that waits for its verification before the present one.

    Raises InvalidParameterException for another attribute or one without a value, LimitExceededException.
    """
    _check_verifiable(attribute)
    purpose = codes.verification_of(attribute)
    with work.write() as db:
        attempts.reserve(db, pool.pool_id, user.sub, _ASK, work.now, attempts.GET_ATTRIBUTE_CODE)
    wording = find_wording(work, pool, VERIFY_ATTRIBUTE, user, metadata, media=(MEDIA[attribute],), client_id=client_id)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        pending = codes.find_code(db, pool.pool_id, user.sub, purpose, work.now)
        value = (pending and pending.value) or user.attributes.get(attribute)
        if not value:
            raise InvalidParameterException(f"User has no {attribute} to verify.")
        record_user_event(db, work, user, "attribute.code_sent", client_id=client_id, name=attribute)
        return post_code(
            db,
            work,
            pool,
            user,
            purpose=purpose,
            attribute=attribute,
            value=value,
            occasion=VERIFY_ATTRIBUTE,
            wording=wording,
        )


def verify_attribute(work: Work, pool: Pool, user: User, attribute: str, code: str, *, client_id: str) -> None:
    """Verifies an address by code; a value that waited for this takes effect.

    Raises InvalidParameterException, CodeMismatchException, ExpiredCodeException, AliasExistsException (the code stays
    good), LimitExceededException.
    """
    _check_verifiable(attribute)
    with work.write() as db:
        attempts.reserve(db, pool.pool_id, user.sub, _VERIFY, work.now, attempts.VERIFY_ATTRIBUTE)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        used = codes.use_code(
            db, work.keyring, pool.pool_id, user.sub, codes.verification_of(attribute), code, work.now
        )
        if not used.value:
            raise ExpiredCodeException
        verified = {**user.attributes, attribute: used.value, f"{attribute}_verified": "true"}
        users.replace_attributes(db, pool, user, verified, work.now)
        attempts.release(db, pool.pool_id, user.sub, _VERIFY, attempts.VERIFY_ATTRIBUTE)
        record_user_event(db, work, user, "attribute.verified", client_id=client_id, name=attribute)


def _check_verifiable(attribute: str) -> None:
    if attribute not in VERIFIABLE:
        raise InvalidParameterException("Only email and phone_number can be verified.")
