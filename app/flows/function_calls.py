"""Records of calls of functions: buffered, written once a second, and the oldest dropped.

They tell how a function does. Up to a second of them may be lost when a process is killed.
"""

from collections.abc import Sequence

from app.core import function_calls
from app.core.function_calls import FunctionCall
from app.db.engine import Database
from app.db.keyring import Keyring
from app.flows.work import Work
from app.flows.write_behind import WriteBehind

# With what a function may print and, in `dev`, with events and answers, some tens of megabytes at most.
CAPACITY = 1_000
KEPT_PER_FUNCTION = 10_000


class CallBuffer(WriteBehind[FunctionCall]):
    """Takes records of calls and writes them sealed."""

    def __init__(self, database: Database, keyring: Keyring, capacity: int = CAPACITY) -> None:
        super().__init__("function_calls", capacity)
        self._database = database
        self._keyring = keyring

    def write(self, items: Sequence[FunctionCall]) -> None:
        """Seals them first: a pool's key may have to be read, which is for outside the segment."""
        rows = function_calls.seal_calls(self._keyring, items)
        with self._database.write() as db:
            function_calls.record_calls(db, rows)


def drop_old_calls(work: Work) -> int:
    """Deletes records beyond the newest of each function; returns how many. Those of no function expire by age."""
    return sum(_drop(work, function.account_id, function.name) for function in work.snapshots.functions().values())


def _drop(work: Work, account_id: str, name: str) -> int:
    dropped = 0
    while True:
        with work.read() as db:
            if not function_calls.has_more_than(db, account_id, name, KEPT_PER_FUNCTION):
                return dropped
        with work.write() as db:
            dropped += function_calls.drop_oldest(db, account_id, name, KEPT_PER_FUNCTION)
