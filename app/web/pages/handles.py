"""What a page must remember until its form comes back: the authorize request it belongs to and how far the person has got.

It travels sealed in the page itself, not in a cookie, so that tabs do not mix. It opens only for its pool, and what it says
counts only in the browser that it was made for (a cookie's nonce) and until it expires; of another browser's or an old
one only the authorize request is used, to offer a fresh start.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from app.db.keyring import Keyring
from app.kit.clock import HOUR
from app.kit.sealing import SealError
from app.kit.secrets import equal, token_hash
from app.web.forms import Pairs
from app.web.pages.contexts import Medium, SignInNotice

# What has become of a mail's link whose button was pressed.
LinkState = Literal["", "used", "over"]

LIFETIME_MS = HOUR
PURPOSE = "pages.request"
_MAX_CHARACTERS = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody has got.

    `account` is what was typed to say who; `destination` where a code went, as it may be shown; `is_inbox`
    says that nothing may tell whether an account was made, `is_reset` that the code is for a new password; `session` belongs to the
    open `challenge`, and `choices` are what can be chosen there, `seed` what an authenticator app is set up with, `device` what
    one is called; `ceremony` is the challenge that a passkey signs; `is_first` says that the code is what the sign-in began
    with, `is_recovery` that a recovery code is given in its place; `link` what has become of the link of a mail; `parameters` are what
    the pool's own functions ask; `setting_up` is which second factor is being set up, if there was a choice, and `set_up_session`
    belongs to that challenge while the code for a new address is waited for; `consents` is the session whose user is asked for
    consent, and `continuation` (flows.authorize) what finishes the request then; `proof` (flows.challenges.sign_up_proof) signs in
    once the account is confirmed, and `given` (flows.given_sign_up) is what was typed at sign-up, the password as its hash.
    """

    account: str = ""
    destination: str = ""
    medium: Medium = "EMAIL"
    is_inbox: bool = False
    is_reset: bool = False
    resent: bool = False
    is_other_account: bool = False
    challenge: str = ""
    session: str = ""
    missing_attributes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    seed: str = ""
    device: str = ""
    ceremony: str = ""
    is_first: bool = False
    is_recovery: bool = False
    parameters: tuple[tuple[str, str], ...] = ()
    setting_up: str = ""
    set_up_session: str = ""
    consents: str = ""
    continuation: str = ""
    notice: SignInNotice | None = None
    proof: str = ""
    link: LinkState = ""
    given: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """An authorize request as it came, and the progress of one browser in it."""

    parameters: Pairs
    progress: Progress
    browser: str
    expires_at: int

    def is_good(self, nonce: str, now: int) -> bool:
        """Whether the handle was made for the browser with this nonce, and not too long ago."""
        return equal(self.browser, _browser(nonce)) and now < self.expires_at


def seal_handle(keyring: Keyring, pool_id: str, parameters: Pairs, progress: Progress, nonce: str, now: int) -> str:
    """A handle as base64url text for a hidden field or a query."""
    content = {
        "parameters": parameters,
        "progress": progress,
        "browser": _browser(nonce),
        "expires_at": now + LIFETIME_MS,
    }
    sealed = keyring.seal(pool_id, PURPOSE, "", orjson.dumps(content))
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def open_handle(keyring: Keyring, pool_id: str, text: str) -> Handle | None:
    """What `seal_handle` of the same pool made, None for anything else. Its owner and age are not yet checked."""
    if not 0 < len(text) <= _MAX_CHARACTERS or not text.isascii():
        return None
    try:
        blob = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        content = orjson.loads(keyring.unseal(pool_id, PURPOSE, "", blob))
    except (binascii.Error, SealError, ValueError):
        return None
    return Handle(
        parameters=tuple((name, value) for name, value in content["parameters"]),
        progress=_progress(content["progress"]),
        browser=content["browser"],
        expires_at=content["expires_at"],
    )


def _progress(stored: dict[str, Any]) -> Progress:
    """Progress as it was sealed; what another release added is forgotten."""
    known = {name: value for name, value in stored.items() if name in Progress.__slots__}
    lists = {name: tuple(known.get(name, ())) for name in ("missing_attributes", "choices")}
    pairs = tuple((name, value) for name, value in known.get("parameters", ()))
    return Progress(**{**known, **lists, "parameters": pairs})


def _browser(nonce: str) -> str:
    return token_hash(nonce).hex()
