"""Signing keys of a pool (RFC 7517): two active RSA keys, one for ID and one for access tokens, and EC keys once wanted.

New keys of a pool that has some are published as `next` first, so that whoever caches the set knows them before they sign:
those of a rotation and the first EC keys alike. The keys that a rotation replaces go on as `retiring` until no token that
they signed can still be valid.

Making an RSA key takes tens of milliseconds, so a job keeps a stock. Private keys are sealed; parsed ones are kept in a
bounded cache, since parsing and first use of an RSA key cost more than a signature.
"""

import base64
import os
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy import Connection, delete, func, insert, select, update

from app.db.keyring import Keyring
from app.db.tables.keys import SigningKey as SigningKeyRow
from app.db.tables.server import SERVER, KeyStock
from app.kit.clock import DAY, HOUR, MINUTE, SECOND
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow

Use = Literal["id", "access"]
State = Literal["next", "active", "retiring"]
USES: tuple[Use, Use] = ("id", "access")
PrivateKey = RSAKey | ECKey
# A key id and the private key in PKCS #8 DER.
KeyPair = tuple[str, bytes]
_COLUMN = "signing_keys.private"
_STOCK_COLUMN = "key_stock.private"
_PARSED_CAPACITY = 1_000
# How long clients may keep the published set (max-age of the JWKS).
PUBLISHED_SECONDS = 300
# A `next` key is published for that long, and for as much again as nodes and proxies may lag behind, before it signs.
NEXT_MS = PUBLISHED_SECONDS * SECOND + 5 * MINUTE
# The longest life of an ID or access token (24 hours), and what clocks and requests in flight may add to it.
RETIRING_MS = DAY + HOUR


@dataclass(frozen=True)
class SigningKey:
    """A key pair: `public_jwk` is published while the row lives, `sealed` is the private key in PKCS #8 DER."""

    pool_id: str
    kid: str
    use: str
    algorithm: str
    state: str
    sealed: bytes
    public_jwk: dict[str, Any]
    created_at: int
    retire_at: int | None


def list_signing_keys(db: Connection, pool_id: str) -> tuple[SigningKey, ...]:
    """All keys of a pool that are still published, oldest first."""
    rows = db.execute(
        select(SigningKeyRow)
        .where(SigningKeyRow.pool_id == pool_id)
        .order_by(SigningKeyRow.created_at, SigningKeyRow.kid)
    )
    return tuple(SigningKey(**row._mapping) for row in rows)


def signing_date(published: Iterable[SigningKey], algorithm: str) -> int | None:
    """From when on (epoch ms, give or take a job's minute) keys for the algorithm sign; None if some sign by now."""
    fitting = [key for key in published if key.algorithm == algorithm]
    if any(key.state == "active" for key in fitting):
        return None
    return min((key.created_at + NEXT_MS for key in fitting if key.state == "next"), default=None)


def create_signing_keys(
    db: Connection,
    keyring: Keyring,
    pool_id: str,
    algorithm: str,
    pairs: Sequence[KeyPair],
    now: int,
    *,
    state: State = "active",
) -> None:
    """Makes one of the two pairs the key for ID tokens and the other the one for access tokens."""
    for use, (kid, der) in zip(USES, pairs, strict=True):
        db.execute(
            insert(SigningKeyRow).values(
                pool_id=pool_id,
                kid=kid,
                use=use,
                algorithm=algorithm,
                state=state,
                sealed=keyring.seal(pool_id, _COLUMN, kid, der),
                public_jwk=_public_jwk(kid, algorithm, der),
                created_at=now,
                retire_at=None,
            )
        )


def activate_next_keys(db: Connection, pool_id: str, now: int) -> int:
    """Makes `next` keys that were published for long enough sign, and those before them retire; returns how many.

    The caller has locked the pool.
    """
    in_pool = SigningKeyRow.pool_id == pool_id
    is_due = in_pool & (SigningKeyRow.state == "next") & (SigningKeyRow.created_at <= now - NEXT_MS)
    algorithms = list(db.execute(select(SigningKeyRow.algorithm).where(is_due).distinct()).scalars())
    db.execute(
        update(SigningKeyRow)
        .where(in_pool, SigningKeyRow.state == "active", SigningKeyRow.algorithm.in_(algorithms))
        .values(state="retiring", retire_at=now + RETIRING_MS)
    )
    return db.execute(update(SigningKeyRow).where(is_due).values(state="active")).rowcount


def delete_retired_keys(db: Connection, pool_id: str, now: int) -> int:
    """Takes keys out of the published set whose tokens are all dead; returns how many."""
    retired = (SigningKeyRow.state == "retiring") & (SigningKeyRow.retire_at <= now)
    return db.execute(delete(SigningKeyRow).where(SigningKeyRow.pool_id == pool_id, retired)).rowcount


def pools_with_due_keys(db: Connection, now: int) -> list[str]:
    """Ids of the pools that have keys to activate or to take away."""
    activate = (SigningKeyRow.state == "next") & (SigningKeyRow.created_at <= now - NEXT_MS)
    retire = (SigningKeyRow.state == "retiring") & (SigningKeyRow.retire_at <= now)
    found: set[str] = set()
    for is_due in (activate, retire):
        found.update(db.execute(select(SigningKeyRow.pool_id).where(is_due).distinct()).scalars())
    return sorted(found)


def refill_stock(db: Connection, keyring: Keyring, pairs: Sequence[KeyPair], now: int) -> None:
    """Puts RS256 pairs made by `new_key_pair` into the stock."""
    for kid, der in pairs:
        sealed = keyring.seal(SERVER, _STOCK_COLUMN, kid, der)
        db.execute(insert(KeyStock).values(kid=kid, algorithm="RS256", sealed=sealed, created_at=now))


def count_stock(db: Connection) -> int:
    """How many key pairs are ready."""
    return db.execute(select(func.count()).select_from(KeyStock)).scalar_one()


def take_from_stock(db: Connection, keyring: Keyring, count: int) -> list[KeyPair]:
    """The oldest RS256 pairs of the stock, `count` or as many as there are; they are no longer in it."""
    oldest = select(KeyStock).order_by(KeyStock.created_at, KeyStock.kid).limit(count)
    # Two statements: with the locking query as a subquery PostgreSQL may run it more than once and delete more rows.
    rows = db.execute(oldest.with_for_update(skip_locked=True)).all()
    db.execute(delete(KeyStock).where(KeyStock.kid.in_([row.kid for row in rows])))
    return [(row.kid, keyring.unseal(SERVER, _STOCK_COLUMN, row.kid, row.sealed)) for row in rows]


def new_key_pair(algorithm: str) -> KeyPair:
    """A new key id (base64 of 32 random bytes, as Cognito's) and the private key; slow for RS256, so never in a segment."""
    check_outside_segment("making a key pair")
    return run_slow(_make_key_pair, algorithm)


def _make_key_pair(algorithm: str) -> KeyPair:
    key = RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
    private = key.private_key
    if private is None:
        raise RuntimeError("a generated key is private")
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return base64.b64encode(os.urandom(32)).decode(), der


def _parse(algorithm: str, der: bytes) -> PrivateKey:
    # The DER was made by us and is authenticated by its seal, so the slow consistency checks are not needed.
    private = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if isinstance(private, RSAPrivateKey):
        return RSAKey(private, private)
    if isinstance(private, EllipticCurvePrivateKey):
        return ECKey(private, private)
    raise ValueError(f"not a key for {algorithm}")


def _public_jwk(kid: str, algorithm: str, der: bytes) -> dict[str, Any]:
    public = _parse(algorithm, der).as_dict(private=False)
    return {**public, "kid": kid, "alg": algorithm, "use": "sig"}


class PrivateKeys:
    """Parsed private keys, the most recently used ones kept."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._lock = threading.Lock()
        self._parsed: OrderedDict[str, PrivateKey] = OrderedDict()

    def get(self, key: SigningKey) -> PrivateKey:
        """The private key of a row, opened and parsed at its first use."""
        with self._lock:
            parsed = self._parsed.get(key.kid)
            if parsed is not None:
                self._parsed.move_to_end(key.kid)
                return parsed
        parsed = _parse(key.algorithm, self._keyring.unseal(key.pool_id, _COLUMN, key.kid, key.sealed))
        with self._lock:
            self._parsed[key.kid] = parsed
            while len(self._parsed) > _PARSED_CAPACITY:
                self._parsed.popitem(last=False)
        return parsed
