"""A user of another directory becomes one of this pool, at their first sign-in with a password or when they have forgotten it.

Developer Guide, "Importing users with a user migration Lambda trigger". The pool's UserMigration function judges the password
and gives the attributes. A guess at an unknown name is counted like one at a known name before the function hears of it, and
once more for all spellings of the name together, since the other directory may take them for one. Of any number of migrations of
one user at once one makes the user; the others go on with that one.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final
from unicodedata import normalize

import regex
from sqlalchemy import Connection

from app.core import attempts, mfa, mfa_configuration, users
from app.core import attributes as rules
from app.core.credentials import NewPassword
from app.core.pools import Pool
from app.core.users import CONFIRMED, RESET_REQUIRED, User
from app.flows import passwords
from app.flows.challenge_steps import SignIn, Values, check_guess, required
from app.flows.check_guess import Guess, reserved
from app.flows.find_candidate import find_candidate
from app.flows.name_user import name_user
from app.flows.set_password import store_password
from app.flows.sign_up import with_flags
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import user_migration
from app.flows.triggers.user_migration import FoundUser, call_user_migration
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    AliasExistsException,
    AppError,
    InvalidLambdaResponseException,
    InvalidParameterException,
    LimitExceededException,
    NotAuthorizedException,
    UserLambdaValidationException,
    UsernameExistsException,
    UserNotFoundException,
)

_GUESS, _FORGOTTEN = "user_migration", "user_migration_forgotten"
# What directories overlook in a name: accents, and marks that nobody sees.
_OVERLOOKED: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}|\P{Canonical_Combining_Class=0}")


def migrate_at_sign_in(sign_in: SignIn, parameters: Values, validation_data: Mapping[str, str] | None) -> SignIn:
    """The sign-in of the user whom PASSWORD brings here, where its name leads to nobody and the pool migrates users.

    The password is stored as it is, whatever the pool's policy says. Not within a segment. Raises UserNotFoundException if
    the function finds nobody, NotAuthorizedException after too many guesses, InvalidLambdaResponseException for a user who
    cannot be made of its answer, and what `call_trigger` raises. A function that refuses by raising, as they do for a wrong
    password, has found nobody where existence is hidden: its text would tell that the name is none of this pool's.
    """
    candidate, pool, work = sign_in.candidate, sign_in.pool, sign_in.work
    if candidate.user is not None or not user_migration.migrates(pool):
        return sign_in
    password = required(parameters, "PASSWORD")
    found: list[FoundUser] = []
    failures: list[AppError] = []

    def compare() -> bool:
        try:
            user = _judged(sign_in, password, validation_data)
        except NotAuthorizedException:
            # Too many guesses at other spellings: no answer may tell, so this one takes the time of a wrong password.
            passwords.verify(work, pool, None, password)
            user = None
        except AppError as error:
            is_told = not (sign_in.hides_existence and isinstance(error, UserLambdaValidationException))
            failures.append(error if is_told else UserNotFoundException())
            return False
        found.extend([user] if user else [])
        return user is not None

    guess = check_guess(sign_in, compare, wrong=lambda: failures[0] if failures else UserNotFoundException())
    with work.write() as db:
        attempts.release(db, guess.pool_id, guess.subject, guess.kind, guess.limit)
    user = _drafted(work, pool, candidate.asked_name, found[0], found[0].status or CONFIRMED)
    new = passwords.prepare(work, pool, user.username, password)
    _store(work, pool, user, found[0], new, sign_in.client.client.client_id)
    made = find_candidate(work, pool, candidate.asked_name)
    # A name that does not lead to its user cannot bring them back.
    if made.user is None:
        raise InvalidLambdaResponseException
    return replace(sign_in, candidate=made)


def migrate_forgotten(
    work: Work, client: ClientSnapshot, username: str, metadata: Mapping[str, str] | None, *, is_hidden: bool
) -> User | None:
    """The user, without a password, whose forgotten one brings them here; None if the pool migrates nobody, or finds nobody.

    Spellings of a name share a limit, beyond which nobody is found: each that the function knows makes a user and sends a code.
    Not within a segment. Raises InvalidLambdaResponseException and what `call_trigger` raises; a function that refuses has
    found nobody where `is_hidden`.
    """
    pool, client_id = client.pool, client.client.client_id
    if not user_migration.migrates(pool) or not _may_ask(work, pool, username):
        return None
    found = None
    try:
        found = call_user_migration(
            work, pool, user_migration.FORGOT_PASSWORD, user_name=username, client_id=client_id, metadata=metadata
        )
    except UserLambdaValidationException:
        if not is_hidden:
            raise
    if found is None:
        return None
    user = _drafted(work, pool, username, found, found.status or RESET_REQUIRED)
    _store(work, pool, user, found, None, client_id)
    with work.read() as db:
        return users.find_user(db, pool, username)


def _judged(sign_in: SignIn, password: str, validation_data: Mapping[str, str] | None) -> FoundUser | None:
    """What the function finds, None for nobody.

    Raises NotAuthorizedException, without calling it, after too many guesses at one person, and what `call_trigger` raises.
    """
    work, pool, name = sign_in.work, sign_in.pool, sign_in.candidate.asked_name
    guess, settle = Guess(pool.pool_id, _subject(work, pool, name), _GUESS), attempts.settle_failure
    with reserved(work, guess):
        try:
            found = call_user_migration(
                work,
                pool,
                user_migration.AUTHENTICATION,
                user_name=name,
                client_id=sign_in.client.client.client_id,
                password=password,
                validation_data=validation_data,
            )
            # Not released: another spelling may be somebody else's name after all.
            settle = attempts.withdraw if found else settle
        finally:
            with work.write() as db:
                settle(db, guess.pool_id, guess.subject, guess.kind)
    return found


def _may_ask(work: Work, pool: Pool, name: str) -> bool:
    try:
        with work.write() as db:
            subject = _subject(work, pool, name)
            attempts.reserve(db, pool.pool_id, subject, _FORGOTTEN, work.now, attempts.FORGOT_PASSWORD)
    except LimitExceededException:
        return False
    return True


def _subject(work: Work, pool: Pool, name: str) -> str:
    """Whose attempts are counted at whoever has a name in the other directory, however it is spelled."""
    return attempts.subject_of_name(work.keyring, pool.pool_id, _any_spelling(name))


def _any_spelling(name: str) -> str:
    """The same text for all spellings of a name that some directory takes for one: case, accents, width of characters."""
    return normalize("NFC", _OVERLOOKED.sub("", normalize("NFKD", name).casefold()))


def _drafted(work: Work, pool: Pool, name: str, found: FoundUser, status: str) -> User:
    """The user to be made. `username` among the attributes names one who signed in with an alias."""
    given = {key: value for key, value in found.attributes.items() if value}
    username = given.pop("username", "")
    try:
        attributes = rules.normalised(pool.schema_by_name, given)
        naming = name_user(pool, name if pool.username_attributes else username or name, attributes)
    except InvalidParameterException as error:
        raise InvalidLambdaResponseException(error.message) from None
    factors = _factors(pool, naming.attributes) if found.enables_sms_mfa else {}
    now = work.now
    return User(
        pool.pool_id, naming.sub, naming.username, status, True, with_flags(naming.attributes), factors, 0, now, now
    )


def _factors(pool: Pool, attributes: Mapping[str, str]) -> dict[str, object]:
    """SMS as the user's second factor, for which the pool must have MFA with SMS and the user a phone number."""
    has_sms = pool.mfa != "OFF" and mfa.SMS_MFA in mfa_configuration.second_factors(pool.configuration)
    if not has_sms or not attributes.get("phone_number"):
        raise InvalidLambdaResponseException
    return mfa.with_factor({}, mfa.SMS_MFA)


def _store(
    work: Work,
    pool: Pool,
    user: User,
    found: FoundUser,
    password: NewPassword | None,
    client_id: str,
) -> None:
    """Makes the user, unless another request has just done so or somebody else has the name."""
    with suppress(UsernameExistsException, AliasExistsException), work.write() as db:
        _create(db, work, pool, user, found, password)
        record_user_event(db, work, user, "user.migrated", client_id=client_id)


def _create(db: Connection, work: Work, pool: Pool, user: User, found: FoundUser, password: NewPassword | None) -> None:
    users.create_user(
        db,
        pool,
        sub=user.sub,
        username=user.username,
        attributes=user.attributes,
        status=user.status,
        now=work.now,
        steals_aliases=found.steals_aliases,
    )
    if user.mfa:
        users.set_mfa(db, pool.pool_id, user.sub, user.mfa, work.now)
    if password is not None:
        store_password(db, work, pool, user.sub, password)
