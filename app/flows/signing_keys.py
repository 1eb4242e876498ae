"""Where the key pairs of a pool come from: the stock that a job keeps, or made on the spot."""

from app.core import keys
from app.core.keys import USES, KeyPair
from app.flows.work import Work


def new_pairs(work: Work, algorithm: str) -> list[KeyPair]:
    """One pair for each use. What the stock lacks is made here, between segments, since an RSA pair takes long."""
    return _new_pairs(work, algorithm, len(USES))


def new_rsa_key(work: Work) -> bytes:
    """A private RSA key (2,048 bits) in PKCS #8 DER, from the stock or made here."""
    return _new_pairs(work, "RS256", 1)[0][1]


def _new_pairs(work: Work, algorithm: str, count: int) -> list[KeyPair]:
    taken: list[KeyPair] = []
    if algorithm == "RS256":
        # Past `work`, since this alone is not yet what the operation does.
        with work.resources.database.write() as db:
            taken = keys.take_from_stock(db, work.keyring, count)
    return taken + [keys.new_key_pair(algorithm) for _ in range(count - len(taken))]
