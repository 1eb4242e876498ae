"""Who stands before the account page: the user of a browser's session, as the flows behind the API know a signed-in user."""

from dataclasses import dataclass

from app.core import credentials, sessions, users
from app.core.clients import list_clients
from app.core.pools import Pool
from app.core.sessions import SsoSession
from app.core.tokens import Authentication
from app.core.users import User
from app.flows.access_tokens import AccessGrant
from app.flows.browser_sessions import is_reusable
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.work import Caller, Work
from app.kit.clock import MINUTE, SECOND
from app.kit.errors import ResourceNotFoundException

# How long after a sign-in somebody may change what the account is protected by, or delete it.
FRESH_MS = 10 * MINUTE
# Of more clients none is chosen for somebody who comes from none.
_MOST_CLIENTS = 10
# Who must choose a password first does so by signing in.
_UNREADY = frozenset({users.RESET_REQUIRED, users.FORCE_CHANGE_PASSWORD})


@dataclass(frozen=True, slots=True)
class Account:
    """A browser's session and its user. `grant` is what an access token of the session's app would grant.

    `auth_time` and `password_at` (when the user was given the present password, 0 for never) in epoch ms.
    """

    session: SsoSession
    grant: AccessGrant
    auth_time: int
    password_at: int

    @property
    def user(self) -> User:
        return self.grant.user

    @property
    def client(self) -> ClientSnapshot:
        return self.grant.client

    @property
    def client_id(self) -> str:
        return self.grant.client.client.client_id

    @property
    def pool(self) -> Pool:
        return self.grant.client.pool

    def is_fresh(self, now: int) -> bool:
        """Whether the sign-in is recent enough for what matters: not so if the password was changed elsewhere after it."""
        knows_password = self.password_at <= max(self.auth_time, self.session.own_password_at)
        return knows_password and now - self.auth_time < FRESH_MS


def has_account_page(pool: Pool) -> bool:
    """Whether users of the pool have an account page (our pool setting `AccountPage`)."""
    return bool(pool.settings.get("AccountPage") == "ENABLED")


def find_account(work: Work, snapshot: PoolSnapshot, secret: str | None) -> Account | None:
    """The account of the session that a cookie's secret opens, whose user becomes the work's caller.

    None without a live session, for a user who is disabled or must choose a password first, where the session's app is gone,
    and where its sign-in is too long ago for that app to go on with it (MaxValidityMinutes).
    """
    pool_id = snapshot.pool.pool_id
    with work.read() as db:
        session = sessions.find_sso_session(db, pool_id, secret, work.now)
        user = users.find_user_by_sub(db, pool_id, session.sub) if session else None
        password_at = credentials.password_set_at(db, pool_id, session.sub) if session else 0
    client = _client(work, snapshot, session.client_id or "") if session else None
    if session is None or user is None or client is None or user.status in _UNREADY:
        return None
    account = _account(session, user, client, password_at)
    if not account.is_fresh(work.now) and not is_reusable(work, client, session):
        return None
    work.caller = Caller(kind="user", pool_id=pool_id, sub=user.sub, client_id=client.client.client_id)
    return account


def get_sign_in_client(work: Work, snapshot: PoolSnapshot, client_id: str) -> ClientSnapshot:
    """The app to sign in with for the account page: the one that is named, else the only one whose users have hosted pages.

    Raises ResourceNotFoundException.
    """
    candidates = [client_id] if client_id else _client_ids(work, snapshot.pool.pool_id)
    found = [client for candidate in candidates if (client := _client(work, snapshot, candidate))]
    if len(found) != 1:
        raise ResourceNotFoundException("No app to sign in with is named.")
    return found[0]


def _account(session: SsoSession, user: User, client: ClientSnapshot, password_at: int) -> Account:
    authentication = Authentication.from_json(session.authentication)
    claims = {"auth_time": authentication.auth_time // SECOND, "amr": list(authentication.amr)}
    return Account(session, AccessGrant(user, client, claims), authentication.auth_time, password_at)


def _client_ids(work: Work, pool_id: str) -> list[str]:
    with work.read() as db:
        listed = list_clients(db, pool_id, after=None, limit=_MOST_CLIENTS + 1)
    return [client_id for client_id, _ in listed] if len(listed) <= _MOST_CLIENTS else []


def _client(work: Work, snapshot: PoolSnapshot, client_id: str) -> ClientSnapshot | None:
    """A client of the pool whose users sign in on the hosted pages."""
    try:
        client = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        return None
    is_ours = client.pool.pool_id == snapshot.pool.pool_id
    has_pages = "code" in client.client.oauth_flows and client.client.admits_own_users
    return client if is_ours and has_pages else None
