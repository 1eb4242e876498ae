"""Identifiers: their forms, and the order of those that have one."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

from app.kit.ids import new_ordered_uuid, new_uuid


def test_uuids_are_of_their_version() -> None:
    for text, version in ((new_uuid(), 4), (new_ordered_uuid(), 7)):
        assert str(UUID(text)) == text
        assert (UUID(text).version, UUID(text).variant) == (version, RFC_4122)


def test_the_order_of_ordered_uuids_is_that_of_their_making() -> None:
    # Making one takes longer than the fraction of a microsecond that tells two apart.
    made = [new_ordered_uuid() for _ in range(2_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_uuids_are_random_wherever_they_may_be() -> None:
    made = [UUID(new_uuid()).int for _ in range(2_000)]
    fixed = {*range(76, 80), 62, 63}
    ones = Counter(bit for number in made for bit in range(128) if number >> bit & 1)
    # A fair coin thrown so often falls outside of this once in hundreds of millions of times.
    assert all(850 < ones[bit] < 1_150 for bit in range(128) if bit not in fixed)


def test_threads_make_no_uuid_twice() -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [
            text for texts in threads.map(lambda _: [new_uuid() for _ in range(1_000)], range(32)) for text in texts
        ]
    assert len(set(made)) == 32_000


def test_a_forked_process_makes_its_own_uuids() -> None:
    new_uuid()  # so that some are made already
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_uuid().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100).decode() != new_uuid()
    os.close(reading)
    os.close(writing)
