"""The threads of a process that deliver messages as soon as they are committed, and look for what is due besides.

One thread takes what is due, lane after lane, and gives each message a thread of its own: a few in a lane, so that a server
that hangs holds up its own lane alone. A lane whose way out is down rests, ever longer up to a minute, and is then tried
with a single message. The server's own lanes have their threads; those of pools share theirs.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core import outbox
from app.core.outbox import DueMessage
from app.flows.deliver_messages import deliver, take
from app.flows.work import Resources
from app.kit.errors import ServiceUnavailableException

# At once, in a process: of one of the server's lanes, of one pool's lane, and of all pools' lanes.
IN_SERVER_LANE = 4
IN_POOL_LANE = 2
IN_POOL_LANES = 16
_POLL_SECONDS = 2.0
_LONGEST_REST_SECONDS = 60.0
_STOP_SECONDS = 20.0
# Lanes whose trouble is remembered; of more than so many, the oldest trouble is forgotten.
_MOST_TROUBLED = 1_000
_log = structlog.get_logger()


@dataclass(slots=True)
class _Trouble:
    """How often in a row a lane's way out was down, and until when (monotonic seconds) the lane rests."""

    times: int = 0
    until: float = 0.0


class MessageSender:
    """Delivers for one process. Started and stopped once."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._is_stopping = False
        self._changed = threading.Condition()
        self._under_way: Counter[str] = Counter()
        self._troubles: dict[str, _Trouble] = {}
        self._thread = threading.Thread(target=self._run, name="message-sender", daemon=True)

    def start(self) -> None:
        """Begins to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finishes the messages in hand; what else is due waits for another process or the next start.

        What has not ended after 20 seconds is left to its lease.
        """
        self._is_stopping = True
        self._resources.messages_due.set()
        deadline = time.monotonic() + _STOP_SECONDS
        self._thread.join(_STOP_SECONDS)
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, max(0.0, deadline - time.monotonic()))

    def _run(self) -> None:
        due = self._resources.messages_due
        while not self._is_stopping:
            due.wait(_POLL_SECONDS)
            due.clear()
            try:
                while not self._is_stopping and self._take_round():
                    pass
            except ServiceUnavailableException:
                continue  # the log has heard of it from `db.outages`
            except SQLAlchemyError as error:
                _log.warning("message_delivery_paused", error=type(error).__name__)
            except Exception:  # noqa: BLE001 - logged
                _log.exception("message_delivery_failed")

    def _take_round(self) -> bool:
        """Takes one message of each lane that has something due and room; false when there was none."""
        with self._resources.database.read() as db:
            lanes = outbox.due_lanes(db, self._resources.clock())
        taken = [self._take_from(lane) for lane in lanes]
        return any(taken)

    def _take_from(self, lane: str) -> bool:
        if self._is_stopping or not self._has_room(lane):
            return False
        message = take(self._resources, lane)
        if message is None:
            return False
        with self._changed:
            self._under_way[lane] += 1
        threading.Thread(target=self._deliver, args=(message,), name="message", daemon=True).start()
        return True

    def _has_room(self, lane: str) -> bool:
        is_of_pool = "/" in lane
        with self._changed:
            trouble = self._troubles.get(lane)
            if trouble and (self._under_way[lane] or time.monotonic() < trouble.until):
                return False
            if self._under_way[lane] >= (IN_POOL_LANE if is_of_pool else IN_SERVER_LANE):
                return False
            of_pools = sum(number for name, number in self._under_way.items() if "/" in name)
            return not is_of_pool or of_pools < IN_POOL_LANES

    def _deliver(self, message: DueMessage) -> None:
        try:
            error = deliver(self._resources, message)
            self._note(message.lane, is_down=error is not None and error.is_outage)
        except ServiceUnavailableException:
            pass  # the log has heard of it; the lease brings the message back
        except Exception:  # noqa: BLE001 - logged
            # A message that breaks the sender must not take the others with it: its lease moves it to the back.
            _log.exception("message_delivery_failed")
        finally:
            with self._changed:
                self._under_way[message.lane] -= 1
                if not self._under_way[message.lane]:
                    del self._under_way[message.lane]
                self._changed.notify_all()
            self._resources.messages_due.set()

    def _note(self, lane: str, *, is_down: bool) -> None:
        with self._changed:
            trouble = self._troubles.pop(lane, _Trouble())
            if not is_down:
                return
            trouble.times += 1
            trouble.until = time.monotonic() + min(2.0 ** (trouble.times - 1), _LONGEST_REST_SECONDS)
            self._troubles[lane] = trouble
            if len(self._troubles) > _MOST_TROUBLED:
                del self._troubles[next(iter(self._troubles))]
