"""What one browser has given at sign-up: kept with its pages until the address is proven there, and only then the account's.

In pools whose usernames are addresses, anybody can sign up with anybody's. So the password of an account that nobody has
confirmed is not yet its owner's: the browser that enters the code brings the password and the attributes typed in it.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from app.core import credentials
from app.core.attributes import writable_names
from app.core.codes import Code
from app.core.credentials import NewPassword
from app.core.pools import Pool
from app.core.users import UNCONFIRMED, VERIFIABLE, User, folded
from app.flows.set_password import store_password
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import CodeMismatchException, ExpiredCodeException

# It travels in addresses, which not every proxy takes at any length. Longer attributes are left to the first sign-up.
_MOST_CHARACTERS = 4_000
# Said of addresses that are typed anew.
_PROOFS = frozenset(f"{name}_verified" for name in VERIFIABLE)


@dataclass(frozen=True, slots=True)
class GivenSignUp:
    """The user that it is for (`sub`), the password made ready to be stored, the attributes typed.

    These are None where the account's stay as they are: the typed ones are too long, or nobody was asked for any.
    """

    sub: str
    password: NewPassword
    attributes: Mapping[str, str] | None

    def to_text(self) -> str:
        """As text for a place that is sealed. Its length depends on what was typed, not on whose account it is for."""
        password = self.password
        verifier = None if password.verifier is None else base64.b64encode(password.verifier).decode()
        attributes = dict(self.attributes) if self.attributes is not None else None
        if len(json.dumps(attributes)) > _MOST_CHARACTERS:
            attributes = None
        return json.dumps(
            [self.sub, password.hash, password.srp_identity, password.srp_salt, verifier, attributes],
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str) -> "GivenSignUp | None":
        """What `to_text` gave; None for anything else."""
        try:
            sub, password_hash, identity, salt, verifier, attributes = json.loads(text)
            opened = None if verifier is None else base64.b64decode(verifier)
        except (binascii.Error, TypeError, ValueError):
            return None
        return cls(sub, NewPassword(password_hash, identity, salt, opened), attributes)


def is_unproven(pool: Pool, user: User, kind: str) -> bool:
    """Whether nobody has proven yet that the user's address of a kind is theirs, and a code can."""
    return user.status == UNCONFIRMED and user.enabled and kind in pool.auto_verified_attributes


def has_given_password(work: Work, pool_id: str, given: GivenSignUp) -> bool:
    """Whether the account's password is the one that was given."""
    with work.read() as db:
        present = credentials.find_password(db, pool_id, given.sub)
    return present is not None and present.hash == given.password.hash


def take_given(
    db: Connection, work: Work, client: ClientSnapshot, user: User, given: GivenSignUp, used: Code
) -> dict[str, str]:
    """Stores the password of the browser that has just used a code of the user, locked here; gives the user's attributes.

    What the client's users cannot write, an operator has given the account: it stays. Raises CodeMismatchException where the
    browser's sign-up was for another account, ExpiredCodeException where the code went to an address that was not typed there.
    """
    pool = client.pool
    if given.sub != user.sub:
        raise CodeMismatchException
    present = credentials.find_password(db, pool.pool_id, user.sub)
    if present is not None and present.hash == given.password.hash:
        return user.attributes  # its own sign-up has made the account
    attributes = user.attributes
    if given.attributes is not None:
        typed = writable_names(client.client.configuration, pool.schema_by_name)
        attributes = {n: v for n, v in attributes.items() if n not in typed and n not in _PROOFS} | dict(
            given.attributes
        )
    if used.attribute is None or not _are_same(pool, attributes.get(used.attribute), used.value):
        raise ExpiredCodeException
    store_password(db, work, pool, user.sub, given.password)
    return attributes


def _are_same(pool: Pool, one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and folded(pool, one) == folded(pool, other)
