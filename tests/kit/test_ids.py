"""Identifiers: their forms, and the order of those that have one."""

from uuid import UUID

from app.kit.ids import new_ordered_uuid, new_uuid


def test_uuids_are_of_their_version() -> None:
    for text, version in ((new_uuid(), 4), (new_ordered_uuid(), 7)):
        assert str(UUID(text)) == text
        assert UUID(text).version == version


def test_the_order_of_ordered_uuids_is_that_of_their_making() -> None:
    # Making one takes longer than the fraction of a microsecond that tells two apart.
    made = [new_ordered_uuid() for _ in range(2_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
