"""Rotating the signing keys of a pool: published first, then used, the old ones verified until their tokens are dead."""

from app.core import keys, pools
from app.core.keys import SigningKey
from app.flows.signing_keys import new_pairs
from app.flows.work import Work


def begin_rotation(work: Work, pool_id: str) -> tuple[SigningKey, ...]:
    """Publishes a `next` pair for each algorithm in use and gives all keys; `advance_rotations` does the rest.

    While a rotation is under way nothing new begins. Raises ResourceNotFoundException.
    """
    with work.read() as db:
        pools.get_pool(db, pool_id)
        known = keys.list_signing_keys(db, pool_id)
    made = {algorithm: new_pairs(work, algorithm) for algorithm in _to_rotate(known)}
    with work.write() as db:
        pools.lock_pool(db, pool_id)
        for algorithm in _to_rotate(keys.list_signing_keys(db, pool_id)):
            if algorithm in made:
                pairs = made[algorithm]
                keys.create_signing_keys(db, work.keyring, pool_id, algorithm, pairs, work.now, state="next")
        pools.publish_change(db, pool_id)
        return keys.list_signing_keys(db, pool_id)


def advance_rotations(work: Work) -> int:
    """Activates and takes away what is due, in all pools; returns how many keys changed."""
    with work.read() as db:
        due = keys.pools_with_due_keys(db, work.now)
    return sum(_advance(work, pool_id) for pool_id in due)


def _advance(work: Work, pool_id: str) -> int:
    with work.write() as db:
        if not pools.try_lock_pool(db, pool_id):
            return 0
        changed = keys.activate_next_keys(db, pool_id, work.now) + keys.delete_retired_keys(db, pool_id, work.now)
        if changed:
            pools.publish_change(db, pool_id)
        return changed


def _to_rotate(known: tuple[SigningKey, ...]) -> list[str]:
    """The algorithms that sign now and have no `next` keys yet."""
    waiting = {key.algorithm for key in known if key.state == "next"}
    return sorted({key.algorithm for key in known if key.state == "active"} - waiting)
