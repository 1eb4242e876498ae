"""What is written behind: an item that can never be written does not keep the others waiting."""

import re
import threading
from collections.abc import Sequence

import pytest
import structlog

from app.core.function_calls import FunctionCall
from app.db.tables.server import SERVER
from app.flows.work import Resources
from app.flows.write_behind import WriteBehind
from app.kit import metrics
from app.kit.errors import ServiceUnavailableException
from tests.runners import function_table


class Kept(WriteBehind[int]):
    """Keeps numbers, not negative ones, and nothing while it is away."""

    def __init__(self) -> None:
        super().__init__("numbers-of-test", 1_000)
        self.written: list[int] = []
        self.batches = 0
        self.is_away = False
        self.goes_away_with: list[int] = []

    def write(self, items: Sequence[int]) -> None:
        self.batches += 1
        if self.is_away or items == self.goes_away_with:
            raise ServiceUnavailableException
        if min(items) < 0:
            raise ValueError(f"secret {min(items)}")
        self.written += items


def _lost() -> float:
    found = re.search(r'poolhouse_records_lost_total\{what="numbers-of-test"\} (\S+)', metrics.exposition().decode())
    return float(found[1]) if found else 0.0


def _note(kept: Kept, *numbers: int) -> None:
    for number in numbers:
        kept.note(number)


def test_what_cannot_be_written_is_dropped_after_three_attempts() -> None:
    kept, before = Kept(), _lost()
    _note(kept, *range(100), -1, *range(100, 200), -2)
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            kept._try_flush()
        assert kept.written == []
        kept._try_flush()
    assert kept.written == list(range(200))
    assert _lost() - before == 2
    (told,) = [line for line in lines if line["event"] == "dropped"]
    assert (told["what"], told["number"], told["errors"]) == ("numbers-of-test", 2, ["ValueError"])
    assert "secret" not in str(lines)
    assert kept.batches < 60, "halves, not one by one"
    _note(kept, 300, -3)
    kept._try_flush()
    assert kept.written[-1] == 199, "the next has its three attempts too"


def test_nothing_is_dropped_while_the_database_is_away() -> None:
    kept, before = Kept(), _lost()
    kept.is_away = True
    _note(kept, 1, -1, 2)
    for _ in range(10):
        kept._try_flush()
    kept.is_away = False
    for _ in range(3):
        kept._try_flush()
    assert (kept.written, _lost() - before) == ([1, 2], 1)


def test_what_is_written_before_it_goes_away_is_not_written_again() -> None:
    kept = Kept()
    _note(kept, 1, 2, -1, 3, 4)
    kept.goes_away_with = [3, 4]
    for _ in range(3):
        kept._try_flush()
    assert kept.written == [1, 2]
    kept.goes_away_with = []
    kept._try_flush()
    assert kept.written == [1, 2, 3, 4]


def test_the_end_is_the_last_attempt() -> None:
    kept = Kept()
    _note(kept, 1, -1, 2)
    kept.stop()
    assert kept.written == [1, 2]


def test_the_thread_survives_what_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.flows.write_behind.WRITE_SECONDS", 0.01)
    kept = Kept()
    kept.start()
    written = threading.Event()
    _note(kept, -1, 5)
    while kept.written != [5]:
        assert not written.wait(0.01)
    kept.stop()


def test_a_call_that_cannot_be_recorded_takes_no_other_with_it(resources: Resources) -> None:
    with function_table(resources) as table:
        function = table.put(lambda event: event)
        calls = [_call(function.account_id, function.name, source) for source in ("one", "t\ud800", "two")]
        for call in calls:
            table.calls.note(call)
        for _ in range(3):
            table.calls._try_flush()
        assert {call.source for call in table.recorded(function)} == {"one", "two"}


def _call(account_id: str, name: str, source: str) -> FunctionCall:
    return FunctionCall(account_id, name, "webhook", SERVER, source, "", 1_764_000_000_000, 0, "answered", 1, {})
