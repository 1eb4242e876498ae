"""Keeps a stock of RSA key pairs, since making one takes tens of milliseconds and a new user pool needs two at once."""

from app.core import keys
from app.flows.work import Work

STOCK = 20
_AT_ONCE = 2


def refill_keys(work: Work) -> int:
    """Makes key pairs until the stock is full; returns how many. Two nodes at once may go a little beyond."""
    made = 0
    while True:
        with work.read() as db:
            missing = STOCK - keys.count_stock(db)
        if missing <= 0 or made >= STOCK:
            return made
        pairs = [keys.new_key_pair("RS256") for _ in range(min(_AT_ONCE, missing))]
        with work.write() as db:
            keys.refill_stock(db, work.keyring, pairs, work.now)
        made += len(pairs)
