"""Signing a browser out: whether its user is asked first (OpenID Connect RP-Initiated Logout 1.0 section 2), and its end.

What a request has proven travels on sealed, so that no ID token stands in a URL of ours and no address in a page is believed.
Neither value is bound to a browser: a link to /logout can say as much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.sessions import SsoSession
from app.flows.browser_sessions import end_session, find_session
from app.flows.seal_value import open_value, seal_value
from app.flows.snapshots import PoolSnapshot
from app.flows.token_signatures import InvalidTokenError, verify
from app.flows.work import Work
from app.kit.clock import HOUR, MINUTE

_HINT: Final = "sign_out.hint"
_HINT_MS: Final = 5 * MINUTE
_QUESTION: Final = "sign_out.question"
_QUESTION_MS: Final = HOUR

Secrets = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Hint:
    """What an ID token of the pool, expired or not, tells of a sign-out: the client that it was issued to, and its user."""

    client_id: str
    sub: str


@dataclass(frozen=True, slots=True)
class SignOutQuestion:
    """A sign-out that waits for its user: `location` is proven, or a path of the pool's origin; `client_id` is "" if unknown."""

    location: str
    client_id: str


def read_hint(snapshot: PoolSnapshot, id_token: str) -> Hint:
    """What an `id_token_hint` tells; raises InvalidTokenError."""
    claims = verify(snapshot, id_token, "id")
    return Hint(str(claims["aud"]), str(claims["sub"]))


def seal_hint(work: Work, pool_id: str, hint: Hint) -> str:
    """A hint as short text, good for as long as a browser needs for a redirect."""
    return seal_value(work, pool_id, _HINT, {"client_id": hint.client_id, "sub": hint.sub}, _HINT_MS)


def open_hint(work: Work, pool_id: str, text: str) -> Hint:
    """What `seal_hint` made for the same pool a moment ago; raises InvalidTokenError."""
    value = open_value(work, pool_id, _HINT, text)
    if value is None:
        raise InvalidTokenError("no hint of this pool, or an old one")
    return Hint(value["client_id"], value["sub"])


def needs_question(work: Work, pool_id: str, secrets: Secrets, hint: Hint | None) -> bool:
    """Whether a browser is signed in, and not as the user whose ID token the app has shown. The first of `secrets` counts."""
    sessions = live_sessions(work, pool_id, secrets)
    return bool(sessions) and (hint is None or hint.sub != sessions[0].sub)


def seal_question(work: Work, pool_id: str, question: SignOutQuestion) -> str:
    """A question as text for a query or a hidden input."""
    value = {"location": question.location, "client_id": question.client_id}
    return seal_value(work, pool_id, _QUESTION, value, _QUESTION_MS)


def open_question(work: Work, pool_id: str, text: str) -> SignOutQuestion | None:
    """What `seal_question` made for the same pool within the last hour, None for anything else."""
    value = open_value(work, pool_id, _QUESTION, text)
    return SignOutQuestion(value["location"], value["client_id"]) if value else None


def live_sessions(work: Work, pool_id: str, secrets: Secrets) -> list[SsoSession]:
    """The sessions of a browser that shows these secrets, the one at hand first."""
    found = (find_session(work, pool_id, secret) for secret in secrets)
    return [session for session in found if session is not None]


def sign_out(work: Work, pool_id: str, secrets: Secrets) -> None:
    """Ends the sessions that the secrets open. Tokens stay."""
    for secret in secrets:
        end_session(work, pool_id, secret)
