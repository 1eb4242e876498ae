"""Making passwords ready to be stored, and checking them. Hashes and SRP arithmetic run outside database segments."""

from app.core import password_policy, srp
from app.core.credentials import (
    NewPassword,
    Password,
    find_password,
    open_verifier,
    previous_hashes,
    upgrade_password,
)
from app.core.pools import Pool
from app.core.users import folded
from app.flows.work import Work
from app.kit.clock import MINUTE
from app.kit.errors import PasswordHistoryPolicyViolationException
from app.kit.segments import check_outside_segment


def check_policy(pool: Pool, password: str, wording: str = password_policy.WORDING) -> None:
    """Raises InvalidPasswordException; SignUp words it with `password_policy.SIGN_UP_WORDING`."""
    password_policy.check_password(pool.password_policy, password, wording)


def history_size(pool: Pool) -> int:
    """How many of the last passwords may not be used again; 0 for any."""
    return int(pool.password_policy.get("PasswordHistorySize") or 0)


def check_history(work: Work, pool: Pool, sub: str, password: str) -> None:
    """Raises PasswordHistoryPolicyViolationException if the password is one of the user's last ones."""
    size = history_size(pool)
    if size == 0:
        return
    with work.read() as db:
        hashes = previous_hashes(db, pool.pool_id, sub, size)
    if any(work.hasher.verify(pool.pool_id, known, password) for known in hashes):
        raise PasswordHistoryPolicyViolationException()


def prepare(work: Work, pool: Pool, username: str, password: str) -> NewPassword:
    """Hash and SRP verifier of a new password. USER_ID_FOR_SRP will be the username in its folded form."""
    return _with_verifier(pool, username, password, work.hasher.hash(pool.pool_id, password))


def verify(work: Work, pool: Pool, known: Password | None, password: str) -> bool:
    """Whether the password is right; without a known one the same work is done on a decoy."""
    return work.hasher.verify(pool.pool_id, known.hash if known else None, password)


def was_just_set(work: Work, pool: Pool, sub: str, password: str) -> bool:
    """Whether a user was given this very password within the last minute: a form that sets one was sent twice.

    It takes a guess of the caller's, who counts them. The work is the same for an older password, and for nobody ("").
    """
    with work.read() as db:
        known = find_password(db, pool.pool_id, sub)
    is_right = verify(work, pool, known, password)
    is_new = known is not None and known.expires_at is None and work.now - known.created_at < MINUTE
    return is_right and is_new


def upgrade(work: Work, pool: Pool, sub: str, username: str, known: Password, password: str) -> None:
    """Called with a password just found right: stores it anew if hash parameters changed or its verifier is missing."""
    is_outdated = work.hasher.needs_rehash(known.hash)
    if not is_outdated and (known.sealed_verifier is not None or not uses_srp(pool)):
        return
    new_hash = work.hasher.hash(pool.pool_id, password) if is_outdated else known.hash
    verifier = open_verifier(work.keyring, pool.pool_id, sub, known) if uses_srp(pool) else None
    if verifier is not None:
        better = NewPassword(new_hash, known.srp_identity, known.srp_salt, verifier)
    else:
        better = _with_verifier(pool, username, password, new_hash)
    with work.write() as db:
        upgrade_password(db, work.keyring, pool.pool_id, sub, known, better)


def uses_srp(pool: Pool) -> bool:
    """Whether passwords of this pool leave an SRP verifier behind (our pool setting `Srp`)."""
    return bool(pool.settings.get("Srp") != "DISABLED")


def _with_verifier(pool: Pool, username: str, password: str, password_hash: str) -> NewPassword:
    if not uses_srp(pool):
        return NewPassword(password_hash)
    check_outside_segment("SRP arithmetic")
    identity, salt = folded(pool, username), srp.new_salt()
    return NewPassword(password_hash, identity, salt, srp.verifier(pool.srp_name, identity, password, salt))
