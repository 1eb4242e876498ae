"""The data keys of pools, opened with the master key and kept in memory.

`seal` and `unseal` name the place of the value: pool, `table.column`, row. Server-wide secrets use the pool id `SERVER`.
"""

from sqlalchemy import Connection, insert, select

from app.db.engine import Database
from app.db.tables.server import SERVER, DataKey
from app.kit.sealing import SealError, SealingKey, blob_key_id, new_data_key

_CAPACITY = 10_000


class Keyring:
    """Seals and opens values for one server."""

    def __init__(self, database: Database, master: SealingKey) -> None:
        self._database = database
        self._master = master
        self._data_keys: dict[str, list[SealingKey]] = {}
        self._derived: dict[tuple[bytes, str], SealingKey] = {}

    def has_server_key(self, db: Connection) -> bool:
        """Whether the server's own data key is there, and then it opens; raises SealError for a wrong master key."""
        return bool(self._load(db, SERVER))

    def open_server(self, db: Connection, now: int) -> None:
        """Opens the server's own data key, making it on a new database; raises SealError for a wrong master key."""
        if not self.has_server_key(db):
            self.create(db, SERVER, now)

    def create(self, db: Connection, pool_id: str, now: int) -> None:
        """Makes the data key of a new pool in the transaction that makes the pool."""
        key = new_data_key()
        sealed = self._master.seal(_place(pool_id), key.key)
        db.execute(insert(DataKey).values(pool_id=pool_id, key_id=key.key_id, sealed=sealed, created_at=now))
        self._data_keys[pool_id] = [key]

    def seal(self, pool_id: str, column: str, row: str, plaintext: bytes) -> bytes:
        """Seals a value of `table.column` in the row named `row`."""
        return self.key(pool_id, column).seal(f"{column}|{pool_id}|{row}", plaintext)

    def unseal(self, pool_id: str, column: str, row: str, blob: bytes) -> bytes:
        """Opens what `seal` made; raises SealError."""
        return self.key(pool_id, column, blob_key_id(blob)).unseal(f"{column}|{pool_id}|{row}", blob)

    def key(self, pool_id: str, purpose: str, key_id: bytes | None = None) -> SealingKey:
        """The key of a purpose: the newest, or the one with `key_id`; raises SealError if there is none."""
        for data_key in self._of(pool_id):
            if key_id is None or data_key.key_id == key_id:
                cached = self._derived.get((data_key.key_id, purpose))
                return cached or self._derive(data_key, purpose)
        raise SealError("sealed under an unknown key")

    def _derive(self, data_key: SealingKey, purpose: str) -> SealingKey:
        if len(self._derived) >= _CAPACITY:
            self._derived.clear()
        self._derived[data_key.key_id, purpose] = derived = data_key.derive(purpose)
        return derived

    def _of(self, pool_id: str) -> list[SealingKey]:
        keys = self._data_keys.get(pool_id)
        if keys:
            return keys
        # Not through a segment: sealing may happen inside one, and this row never changes once committed.
        with self._database.connect() as db:
            return self._load(db, pool_id)

    def _load(self, db: Connection, pool_id: str) -> list[SealingKey]:
        rows = db.execute(
            select(DataKey.key_id, DataKey.sealed).where(DataKey.pool_id == pool_id).order_by(DataKey.created_at.desc())
        )
        keys = [SealingKey(row.key_id, self._master.unseal(_place(pool_id), row.sealed)) for row in rows]
        if len(self._data_keys) >= _CAPACITY:
            self._data_keys.clear()
        if keys:
            self._data_keys[pool_id] = keys
        return keys


def _place(pool_id: str) -> str:
    return f"data_keys.sealed|{pool_id}"
