"""Signing keys of a user pool: which are published, and rotating them."""

from collections.abc import Iterable
from typing import Any

from app.core import keys, pools
from app.core.keys import SigningKey
from app.flows.rotate_keys import begin_rotation
from app.flows.work import Work
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("ListSigningKeys")
def list_signing_keys(work: Work, user_pool_id: str) -> Members:
    """Every published key, oldest first."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        return _answer(keys.list_signing_keys(db, user_pool_id))


@poolhouse.operation("RotateSigningKeys")
def rotate_signing_keys(work: Work, user_pool_id: str) -> Members:
    """Publishes the next keys, unless a rotation is under way; a job makes them sign and takes the old ones away."""
    return _answer(begin_rotation(work, user_pool_id))


def _answer(published: Iterable[SigningKey]) -> Members:
    return {"SigningKeys": [_signing_key(key) for key in published]}


def _signing_key(key: SigningKey) -> Members:
    return {
        "KeyId": key.kid,
        "Use": key.use,
        "Algorithm": key.algorithm,
        "State": key.state,
        "CreationDate": key.created_at,
        "RetirementDate": key.retire_at,
    }
