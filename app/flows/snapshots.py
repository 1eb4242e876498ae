"""What rarely changes, kept in memory: pools with their keys, domains and resource servers, app clients, and functions.

A poller asks for the configuration version twice a second and drops what changed, so a change is in force on every node
within a second; on the node that made it, at once. A node that cannot ask for three seconds stops trusting its memory.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection

from app.core import access_keys, clients, domains, functions, keys, pools, resource_servers, session_configurations
from app.core.access_keys import AccessKey
from app.core.clients import Client
from app.core.domains import Domain
from app.core.functions import Function
from app.core.keys import PrivateKey, PrivateKeys, SigningKey, Use
from app.core.pools import Pool
from app.core.resource_servers import ResourceServer
from app.core.session_configurations import DEFAULT_VALIDITY_MINUTES, SessionConfiguration
from app.db.engine import Database
from app.db.keyring import Keyring
from app.db.outages import DATABASE_ERRORS
from app.db.tables.server import SERVER

T = TypeVar("T")
_log = structlog.get_logger()
POLL_SECONDS = 0.5
STALE_SECONDS = 3.0
_STOP_SECONDS = 6.0


@dataclass(frozen=True)
class PoolSnapshot:
    """A pool as it was when read, with everything a token or page needs. `derived` holds what doors make of it."""

    pool: Pool
    signing_keys: tuple[SigningKey, ...]
    domains: tuple[Domain, ...]
    resource_servers: tuple[ResourceServer, ...]
    private_keys: PrivateKeys
    sessions: SessionConfiguration = field(default_factory=SessionConfiguration)
    derived: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def scopes(self) -> frozenset[str]:
        """Every scope that a resource server of the pool defines now."""
        return frozenset(name for server in self.resource_servers for name in server.scope_names())

    def active_key(self, use: Use, algorithm: str) -> SigningKey:
        """The newest active key for a use and algorithm, an RSA key while those for it are only published; raises LookupError."""
        for wanted in (algorithm, "RS256"):
            for key in reversed(self.signing_keys):
                if key.use == use and key.algorithm == wanted and key.state == "active":
                    return key
        raise LookupError(f"no active {algorithm} key")

    def private_key(self, key: SigningKey) -> PrivateKey:
        return self.private_keys.get(key)

    def derive(self, name: str, make: Callable[["PoolSnapshot"], T]) -> T:
        """What `make` gives for this snapshot, made once."""
        if name not in self.derived:
            self.derived[name] = make(self)
        value: T = self.derived[name]
        return value


@dataclass(frozen=True)
class ClientSnapshot:
    """A client together with its pool's snapshot. `derived` holds what flows make of the two.

    `sso_validity_minutes` is its MaxValidityMinutes, in force where sessions are tracked.
    """

    client: Client
    pool_snapshot: PoolSnapshot
    sso_validity_minutes: int = DEFAULT_VALIDITY_MINUTES
    derived: dict[str, Any] = field(default_factory=dict)

    @property
    def pool(self) -> Pool:
        return self.pool_snapshot.pool

    def derive(self, name: str, make: Callable[["ClientSnapshot"], T]) -> T:
        """What `make` gives for this client, made once."""
        if name not in self.derived:
            self.derived[name] = make(self)
        value: T = self.derived[name]
        return value


class _Cache(Generic[T]):
    """A bounded map that forgets the least recently used; safe among threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, T] = OrderedDict()

    def get(self, key: str) -> T | None:
        with self._lock:
            value = self._entries.get(key)
            if value is not None:
                self._entries.move_to_end(key)
            return value

    def put(self, key: str, value: T) -> None:
        with self._lock:
            self._entries[key] = value
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def drop(self, unwanted: Callable[[T], bool]) -> None:
        with self._lock:
            for key in [key for key, value in self._entries.items() if unwanted(value)]:
                del self._entries[key]


class Snapshots:
    """Cached reads of pools, clients, functions, hosts and access keys.

    A generation begins with every change: what was read in an earlier one is not kept.
    """

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring
        self._private_keys = PrivateKeys(keyring)
        self._pools: _Cache[PoolSnapshot] = _Cache(2_000)
        self._clients: _Cache[ClientSnapshot] = _Cache(5_000)
        self._access_keys: _Cache[tuple[float, AccessKey]] = _Cache(1_000)
        self._functions: Mapping[str, Function] | None = None
        self._on_functions_changed: list[Callable[[], None]] = []
        self._generation = 0
        self._changing = threading.Lock()
        self._version = -1
        self._polled_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="configuration-poll", daemon=True)
        database.listen(self.forget)

    @property
    def is_fresh(self) -> bool:
        """Whether the last successful poll is recent enough to serve from memory."""
        return self.seconds_since_poll() < STALE_SECONDS

    def seconds_since_poll(self) -> float:
        """How long ago the configuration version was last read."""
        return time.monotonic() - self._polled_at

    def start(self) -> None:
        """Reads the version once and begins to poll in a thread of its own."""
        self.poll()
        self._thread.start()

    def stop(self) -> None:
        """Waits for the poll under way, since its connection could not be closed meanwhile, and makes no other."""
        self._stop.set()
        if self._thread.ident:
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.poll()
            except DATABASE_ERRORS:
                continue  # readiness tells: `is_fresh` turns false by itself
            except Exception:  # noqa: BLE001 - logged; without this thread the process would never be ready again
                _log.exception("configuration_poll_failed")

    def poll(self) -> None:
        """Drops every pool that changed since the last poll, and the functions if one of them did."""
        with self._database.watch() as db:
            version = pools.configuration_version(db)
            changed = self._changed(db) if self._version not in (-1, version) else []
        self.forget(changed)
        self._version = version
        self._polled_at = time.monotonic()

    def _changed(self, db: Connection) -> list[str]:
        """What changed since the last poll: ids of pools, and the server's for functions."""
        have_functions_changed = functions.functions_version(db) > self._version
        return pools.pools_changed_since(db, self._version) + [SERVER] * have_functions_changed

    def forget(self, pool_ids: Iterable[str]) -> None:
        """Drops the pools and their clients; for the server's id the functions."""
        gone = set(pool_ids)
        if not gone:
            return
        with self._changing:
            self._generation += 1
            self._pools.drop(lambda snapshot: snapshot.pool.pool_id in gone)
            self._clients.drop(lambda snapshot: snapshot.pool.pool_id in gone)
            if SERVER in gone:
                self._functions = None
        if SERVER in gone:
            for listener in self._on_functions_changed:
                listener()

    def listen_to_functions(self, listener: Callable[[], None]) -> None:
        """Calls `listener`, which must not wait, whenever a function may have changed."""
        self._on_functions_changed.append(listener)

    def _keep(self, generation: int, cache: _Cache[T], key: str, value: T) -> None:
        """Keeps what was read, unless something changed since: then the next one to ask reads again."""
        with self._changing:
            if generation == self._generation:
                cache.put(key, value)

    def pool(self, pool_id: str) -> PoolSnapshot:
        """The pool; raises ResourceNotFoundException."""
        cached = self._pools.get(pool_id) if self.is_fresh else None
        return cached or self._load_pool(pool_id)

    def client(self, client_id: str) -> ClientSnapshot:
        """The client, whichever pool it is in; raises ResourceNotFoundException."""
        cached = self.peek_client(client_id)
        return cached or self._load_client(client_id)

    def peek_client(self, client_id: str) -> ClientSnapshot | None:
        """The client if it is in memory: never touches the database, so it may be asked on the event loop."""
        return self._clients.get(client_id) if self.is_fresh else None

    def peek_pool(self, pool_id: str) -> PoolSnapshot | None:
        """The pool if it is in memory: never touches the database."""
        return self._pools.get(pool_id) if self.is_fresh else None

    def functions(self) -> Mapping[str, Function]:
        """Every function of this server by its ARN. There are some hundreds at most in each account."""
        cached = self._functions if self.is_fresh else None
        return self._load_functions() if cached is None else cached

    def pool_of_host(self, host: str, suffix: str = "") -> str | None:
        """The pool whose domain answers on a host name; `suffix` is the one of prefix domains."""
        with self._database.read() as db:
            return domains.find_host_pool(db, host, suffix)

    def access_key(self, access_key_id: str) -> AccessKey | None:
        """An operator's key, at most a second old."""
        cached = self._access_keys.get(access_key_id)
        if cached and time.monotonic() - cached[0] < 1.0:
            return cached[1]
        with self._database.read() as db:
            key = access_keys.find_access_key(db, self._keyring, access_key_id)
        if key:
            self._access_keys.put(access_key_id, (time.monotonic(), key))
        return key

    def _load_pool(self, pool_id: str) -> PoolSnapshot:
        generation = self._generation
        with self._database.read() as db:
            snapshot = PoolSnapshot(
                pool=pools.get_pool(db, pool_id),
                signing_keys=keys.list_signing_keys(db, pool_id),
                domains=domains.list_domains(db, pool_id),
                resource_servers=resource_servers.all_resource_servers(db, pool_id),
                private_keys=self._private_keys,
                sessions=session_configurations.get_pool_sessions(db, pool_id),
            )
        self._keep(generation, self._pools, pool_id, snapshot)
        return snapshot

    def _load_functions(self) -> Mapping[str, Function]:
        generation = self._generation
        with self._database.read() as db:
            found = {function.arn: function for function in functions.all_functions(db, self._keyring)}
        with self._changing:
            if generation == self._generation:
                self._functions = found
        return found

    def _load_client(self, client_id: str) -> ClientSnapshot:
        if not clients.CLIENT_ID.fullmatch(client_id):
            raise clients.no_such_client(client_id)
        generation = self._generation
        with self._database.read() as db:
            pool_id = clients.find_client_pool(db, client_id)
            if pool_id is None:
                raise clients.no_such_client(client_id)
            client = clients.get_client(db, self._keyring, pool_id, client_id)
            validity = session_configurations.client_validity_minutes(db, pool_id, client_id)
        snapshot = ClientSnapshot(client, self.pool(pool_id), validity)
        self._keep(generation, self._clients, client_id, snapshot)
        return snapshot
