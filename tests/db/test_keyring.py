"""Sealing at rest: a value opens at its own place only, under its own pool's key, and only with the right master key."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from app.core import credentials
from app.db.engine import Database
from app.db.keyring import Keyring
from app.db.tables.clients import ClientSecret
from app.db.tables.credentials import Password
from app.db.tables.server import SERVER, DataKey
from app.db.types import Base
from app.flows.work import Resources
from app.kit.sealing import SealError, SealingKey, master_key, new_data_key, new_master_key
from tests.factories import Factory


@pytest.fixture
def keyring(resources: Resources) -> Keyring:
    return resources.keyring


def test_a_blob_says_which_key_and_hides_the_rest(keyring: Keyring) -> None:
    blob = keyring.seal(SERVER, "table.column", "row", b"secret")
    assert blob[0] == 1
    assert b"secret" not in blob
    assert keyring.unseal(SERVER, "table.column", "row", blob) == b"secret"
    assert keyring.seal(SERVER, "table.column", "row", b"secret") != blob, "the nonce is fresh"


def test_a_blob_opens_at_its_own_place_only(keyring: Keyring, make: Factory) -> None:
    here, there = make.pool(), make.pool()
    blob = keyring.seal(here, "table.column", "row", b"secret")
    for place in ((here, "table.column", "other"), (here, "table.other", "row"), (there, "table.column", "row")):
        with pytest.raises(SealError):
            keyring.unseal(*place, blob)


@pytest.mark.parametrize("position", [0, 1, 8, 9, 20, 21, -1])
def test_a_changed_blob_does_not_open(keyring: Keyring, position: int) -> None:
    blob = bytearray(keyring.seal(SERVER, "table.column", "row", b"secret"))
    blob[position] ^= 1
    with pytest.raises(SealError):
        keyring.unseal(SERVER, "table.column", "row", bytes(blob))


@pytest.mark.parametrize("blob", [b"", b"\x01", os.urandom(8), os.urandom(64)])
def test_what_is_no_blob_does_not_open(keyring: Keyring, blob: bytes) -> None:
    with pytest.raises(SealError):
        keyring.unseal(SERVER, "table.column", "row", blob)


def test_a_verifier_moved_to_another_user_does_not_open(resources: Resources, make: Factory) -> None:
    pool_id = make.pool()
    mallory, victim = make.user(pool_id), make.user(pool_id)
    with resources.database.write() as db:
        found = select(Password.sealed_verifier).where(Password.pool_id == pool_id)
        moved = db.execute(found.where(Password.sub == mallory.sub)).scalar_one()
        of_victim = (Password.pool_id == pool_id, Password.sub == victim.sub)
        db.execute(update(Password).where(*of_victim).values(sealed_verifier=moved))
    with resources.database.read() as db:
        password = credentials.find_password(db, pool_id, victim.sub)
    assert password
    with pytest.raises(SealError):
        credentials.open_verifier(resources.keyring, pool_id, victim.sub, password)


def test_a_secret_moved_to_another_client_does_not_open(resources: Resources, make: Factory) -> None:
    pool_id = make.pool()
    mallory, victim = (make.client(pool_id, GenerateSecret=True)["ClientId"] for _ in range(2))
    with resources.database.write() as db:
        found = select(ClientSecret.sealed).where(ClientSecret.pool_id == pool_id, ClientSecret.client_id == mallory)
        moved = db.execute(found).scalar_one()
        db.execute(update(ClientSecret).where(ClientSecret.client_id == victim).values(sealed=moved))
    resources.snapshots.forget([pool_id])
    with pytest.raises(SealError):
        resources.snapshots.client(victim)
    with resources.database.write() as db:  # the tests share a database, and some look at all its clients
        db.execute(delete(ClientSecret).where(ClientSecret.client_id == victim))


def test_without_its_data_key_nothing_of_a_pool_opens(resources: Resources, make: Factory) -> None:
    """Erasing one row erases every secret of a pool, on a node that has not the key in memory."""
    pool_id = make.pool()
    blob = resources.keyring.seal(pool_id, "table.column", "row", b"secret")
    with resources.database.write() as db:
        db.execute(delete(DataKey).where(DataKey.pool_id == pool_id))
    fresh = Keyring(resources.database, master_key(resources.settings.read_master_key()))
    with pytest.raises(SealError):
        fresh.unseal(pool_id, "table.column", "row", blob)


def test_what_is_stored_is_sealed_or_hashed(resources: Resources, make: Factory) -> None:
    pool_id = make.pool()
    user, client = make.user(pool_id), make.client(pool_id, GenerateSecret=True)
    tokens = make.tokens(make.client(pool_id)["ClientId"], user)
    with resources.database.read() as db:
        password = credentials.find_password(db, pool_id, user.sub)
        assert isinstance(password, credentials.Password)
        verifier = credentials.open_verifier(resources.keyring, pool_id, user.sub, password)
        assert verifier is not None
        secrets = [user.password, client["ClientSecret"], tokens["RefreshToken"], tokens["AccessToken"]]
        clear = [secret.encode() for secret in secrets] + [verifier]
        for table in Base.metadata.tables.values():
            rows = select(table).where(table.c.pool_id == pool_id) if "pool_id" in table.c else select(table)
            stored = b" ".join(_bytes(value) for row in db.execute(rows) for value in row)
            assert not [secret for secret in clear if secret in stored], table.name


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_the_hash_and_the_verifier_have_keys_of_their_own(keyring: Keyring) -> None:
    purposes = {keyring.key(SERVER, purpose).key for purpose in ("passwords.verifier", "codes.hmac", "signing_keys")}
    assert len(purposes) == 3


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'sealed.sqlite3'}")
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def test_a_wrong_master_key_is_noticed_at_the_start(empty: Database) -> None:
    right, wrong = (master_key(new_master_key()) for _ in range(2))
    with empty.write() as db:
        Keyring(empty, right).open_server(db, 1)
    with empty.write() as db:
        Keyring(empty, right).open_server(db, 2)
        assert len(db.execute(select(DataKey)).all()) == 1, "made once"
    with pytest.raises(SealError), empty.write() as db:
        Keyring(empty, wrong).open_server(db, 3)


def test_a_forged_data_key_is_noticed(empty: Database) -> None:
    """Same id, other bytes: the master key's id is derived, so only the seal can tell."""
    right = master_key(new_master_key())
    with empty.write() as db:
        Keyring(empty, right).open_server(db, 1)
    forger = SealingKey(right.key_id, os.urandom(32))
    with pytest.raises(SealError), empty.write() as db:
        Keyring(empty, forger).open_server(db, 2)


@pytest.mark.parametrize("text", ["", "short", "x" * 44, "é" * 32])
def test_what_is_no_master_key(text: str) -> None:
    with pytest.raises(ValueError, match="master key"):
        master_key(text)


def test_keys_of_purposes_differ_and_keep_their_id() -> None:
    key = new_data_key()
    assert key.derive("a") == key.derive("a") != key.derive("b")
    assert key.derive("a").key_id == key.key_id
