"""Password hashing: Argon2id (RFC 9106) behind a bounded, fair queue.

A hash takes about 20 ms of one core and 19 MiB, so only so many run at once, waiting is bounded, and pools take turns: a
flood of sign-ins in one pool delays that pool. Beyond the bound a caller hears TooManyRequestsException at once.
"""

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.kit.lanes import FairThreads
from app.kit.segments import check_outside_segment
from app.kit.slow import wait_for


class PasswordHasher:
    """Hashes and checks passwords byte for byte as given; never inside a database segment.

    On threads of its own, because each keeps the 19 MiB of its last hash and uses them again: asking the system for fresh
    pages costs a hash half its time again, and threads that do other things too would each keep as much.
    """

    def __init__(self, *, memory_kib: int, time_cost: int, parallelism: int, slots: int) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = FairThreads("hashing", slots, waiting=32 * slots, waiting_per_pool=16 * slots)
        self._decoy = self._argon2.hash("no such user")
        self._parameters = self._decoy.rsplit("$", 2)[0] + "$"

    def hash(self, pool_id: str, password: str) -> str:
        """The Argon2id hash in PHC string format."""
        check_outside_segment("password hashing")
        return wait_for(self._threads.submit(pool_id, self._argon2.hash, password))

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. With no hash the same work is done on a decoy, so time does not tell users apart."""
        check_outside_segment("password hashing")
        return wait_for(self._threads.submit(pool_id, self._verify, password_hash, password))

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash or self._decoy, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than those in force."""
        looks_current = password_hash.startswith(self._parameters) and len(password_hash) == len(self._decoy)
        return not looks_current and self._argon2.check_needs_rehash(password_hash)
