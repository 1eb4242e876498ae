"""What a page must remember until its form comes back: the authorize request it belongs to and how far the person has got.

It travels sealed in the page itself, not in a cookie, so that tabs do not mix. It opens only for its pool, and what it says
counts only in the browser that it was made for (a cookie's nonce) and until it expires; of another browser's or an old
one only the authorize request is used, to offer a fresh start.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import orjson

from app.db.keyring import Keyring
from app.kit.clock import HOUR
from app.kit.sealing import SealError
from app.kit.secrets import equal, token_hash
from app.web.pages.contexts import Medium, SignInNotice

LIFETIME_MS = HOUR
PURPOSE = "pages.request"
_MAX_CHARACTERS = 40_000


@dataclass(frozen=True, slots=True)
class Proof:
    """This browser has given the password of user `sub`: once the account is confirmed it is signed in, one time.

    For an account that only seems to have been made, `sub` is nobody's. `expires_at` in epoch ms.
    """

    sub: str
    proof_id: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far somebody has got. `account` is what was typed to say who; `session` that of the open `challenge`."""

    account: str = ""
    destination: str = ""
    medium: Medium = "EMAIL"
    code: str = ""
    is_inbox: bool = False
    resent: bool = False
    challenge: str = ""
    session: str = ""
    missing_attributes: tuple[str, ...] = ()
    notice: SignInNotice | None = None
    proof: Proof | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """An authorize request as it came, and the progress of one browser in it."""

    parameters: Mapping[str, str]
    progress: Progress
    browser: str
    expires_at: int

    def check(self, nonce: str, now: int) -> Literal["valid", "expired"]:
        """Whether the handle still counts in the browser with this nonce."""
        same = equal(self.browser, _browser(nonce))
        return "valid" if same and now < self.expires_at else "expired"


def seal_handle(
    keyring: Keyring, pool_id: str, parameters: Mapping[str, str], progress: Progress, nonce: str, now: int
) -> str:
    """A handle as base64url text for a hidden field or a query."""
    content = {
        "parameters": list(parameters.items()),
        "progress": asdict(progress),
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
        parameters=dict(content["parameters"]),
        progress=_progress(content["progress"]),
        browser=content["browser"],
        expires_at=content["expires_at"],
    )


def _progress(stored: dict[str, object]) -> Progress:
    """Progress as it was sealed; a release that knows other members forgets them."""
    known = {name: value for name, value in stored.items() if name in Progress.__slots__}
    proof = known.pop("proof", None)
    made: dict[str, object] = {**known, "missing_attributes": tuple(_strings(known.get("missing_attributes")))}
    return Progress(**made, proof=Proof(**proof) if isinstance(proof, dict) else None)  # type: ignore[arg-type]


def _strings(stored: object) -> list[str]:
    return [str(item) for item in stored] if isinstance(stored, list) else []


def _browser(nonce: str) -> str:
    return token_hash(nonce).hex()
