"""Work: what one request (or one run of a job) carries below the doors.

A flow is a row of short segments, `with work.read() as db` and `with work.write() as db`; hashing, triggers and gateways
run between them. Raising rolls a write back; what must survive all the same goes through `keep`.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection

from app.core.audit import Event, record
from app.core.branding import PictureDigests
from app.core.limits import RateMemory
from app.core.pools import Pool
from app.db.engine import Database
from app.db.keyring import Keyring
from app.flows.run_function import FunctionTable
from app.flows.snapshots import Snapshots
from app.flows.usage import UsageBuffer
from app.gateways.functions import Functions
from app.gateways.messages import Gateway
from app.gateways.outbound import Outbound
from app.gateways.pool_gateways import PoolGateways
from app.kit.hashing import PasswordHasher
from app.kit.settings import Settings
from app.kit.template_folders import TemplateFolders

Kept = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: nobody, an operator (SigV4), a user (access token) or an app client (its secret)."""

    kind: Literal["nobody", "operator", "user", "client"] = "nobody"
    account_id: str = ""
    principal_arn: str = ""
    policy: dict[str, Any] | None = None
    access_key_id: str = ""
    pool_id: str = ""
    sub: str = ""
    client_id: str = ""


NOBODY = Caller()


@dataclass(frozen=True, slots=True)
class Resources:
    """What a process keeps open: settings, database, keys, caches. One for each process."""

    settings: Settings
    database: Database
    keyring: Keyring
    hasher: PasswordHasher
    snapshots: Snapshots
    # The server's ways out by medium (EMAIL, SMS), and those of pools that have their own.
    gateways: Mapping[str, Gateway]
    pool_gateways: PoolGateways
    # What calls URLs that others may have chosen.
    outbound: Outbound
    # Set after a commit that put messages into the outbox; the sender thread waits for it.
    messages_due: threading.Event
    usage: UsageBuffer
    clock: Callable[[], int]
    # The functions of this server, for operators.
    function_table: FunctionTable
    # What runs the functions that pools name in their LambdaConfig: the same.
    functions: Functions
    # When this process last noted the use of each access key (epoch ms).
    key_uses: dict[str, int] = field(default_factory=dict)
    rates: RateMemory = field(default_factory=RateMemory)
    picture_digests: PictureDigests = field(default_factory=PictureDigests)
    templates: TemplateFolders = field(default_factory=TemplateFolders)

    def wake_messages(self) -> None:
        """To be called after a commit that put messages into the outbox."""
        self.messages_due.set()

    def note_usage(self, event: Event) -> None:
        """Takes one usage event for the buffer that is written once a second; never waits."""
        self.usage.note(event)


@dataclass(slots=True)
class Work:
    """One request: the moment it came (epoch ms), its id, its caller, and the way to the database.

    `locale` (BCP 47) is the language of the page that it came from; "" for requests that are not a page's. `change` is the
    audit line of the operation that it does, until it is written: with the first write segment that is committed.
    """

    resources: Resources
    now: int
    request_id: str
    caller: Caller = NOBODY
    region: str = ""
    source_ip: str = ""
    user_agent: str = ""
    locale: str = ""
    change: Event | None = None
    _kept: list[Kept] = field(default_factory=list)
    _after: list[Callable[[], None]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return self.resources.settings

    @property
    def keyring(self) -> Keyring:
        return self.resources.keyring

    @property
    def hasher(self) -> PasswordHasher:
        return self.resources.hasher

    @property
    def snapshots(self) -> Snapshots:
        return self.resources.snapshots

    def tier_of(self, pool: Pool) -> str:
        """The feature plan that limits a pool: its own, or PLUS on a server that does not gate tiers."""
        return pool.tier if self.settings.tier_gating == "on" else "PLUS"

    def read(self) -> AbstractContextManager[Connection]:
        """A few reads, each of what is committed."""
        return self.resources.database.read()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction. When the block raises it is rolled back, and what was kept is then written by itself."""
        kept, self._kept = self._kept, []
        try:
            with self.resources.database.write() as db:
                yield db
                if self.change:
                    record(db, self.change)
                for write in self._kept:
                    write(db)
        except BaseException:
            if self._kept:
                with self.resources.database.write() as db:
                    for write in self._kept:
                        write(db)
            self._after.clear()
            raise
        finally:
            self._kept = kept
        self.change = None
        after, self._after = self._after, []
        for call in after:
            call()

    def write_once(self) -> AbstractContextManager[Connection]:
        """One statement that writes, committed by itself; nothing can be kept here, nor follow the commit."""
        return self.resources.database.write_once()

    def keep(self, write: Kept) -> None:
        """Within a write segment: `write` is committed with it, or alone if the segment is rolled back."""
        self._kept.append(write)

    def after_commit(self, call: Callable[[], None]) -> None:
        """Within a write segment: `call` runs once the segment is committed, and not at all if it is rolled back."""
        self._after.append(call)
