"""Moves signing keys on: `next` ones that everybody can know begin to sign, `retiring` ones that signed nothing alive go."""

from app.flows.rotate_keys import advance_rotations
from app.flows.work import Work


def rotate_keys(work: Work) -> int:
    """Activates and deletes what is due; returns how many keys."""
    return advance_rotations(work)
