"""A pool gets gateways of its own, or goes back to the server's (poolhouse: PutMessageGateway and its like)."""

from collections.abc import Mapping

from app.core import message_gateways, pools
from app.core.message_gateways import SETTING
from app.flows.work import Work
from app.gateways.message_gateways import GatewaySpec, shown_members
from app.kit.errors import InvalidParameterException, ResourceNotFoundException

MEDIA = ("EMAIL", "SMS")


def put_gateway(work: Work, pool_id: str, medium: str, kind: str, members: Mapping[str, str]) -> GatewaySpec:
    """Sends the pool's messages of a medium by this gateway from now on; gives it without secrets.

    Raises InvalidParameterException, whose text repeats no member's value, and ResourceNotFoundException.
    """
    spec = GatewaySpec(kind, dict(members))
    try:
        work.resources.pool_gateways.check(medium, spec)
    except ValueError as error:
        raise InvalidParameterException(f"{error}.") from None
    with work.write() as db:
        settings = pools.lock_pool(db, pool_id).settings
        changed = message_gateways.with_gateway(work.keyring, pool_id, settings, medium, kind, spec.members)
        pools.update_settings(db, pool_id, {SETTING: changed}, work.now)
    return GatewaySpec(kind, shown_members(spec))


def delete_gateway(work: Work, pool_id: str, medium: str) -> None:
    """Sends the pool's messages of a medium by the server's gateway; raises ResourceNotFoundException where it does."""
    with work.write() as db:
        settings = pools.lock_pool(db, pool_id).settings
        if message_gateways.find_revision(settings, medium) is None:
            raise ResourceNotFoundException(f"The user pool has no gateway of its own for {medium}.")
        changed = message_gateways.without_gateway(settings, medium)
        pools.update_settings(db, pool_id, {SETTING: changed}, work.now)


def list_gateways(work: Work, pool_id: str) -> dict[str, GatewaySpec]:
    """The pool's own gateways by medium, without secrets; raises ResourceNotFoundException."""
    with work.read() as db:
        settings = pools.get_pool(db, pool_id).settings
    found = {}
    for medium in MEDIA:
        if message_gateways.find_revision(settings, medium) is not None:
            spec = GatewaySpec(*message_gateways.open_gateway(work.keyring, pool_id, settings, medium))
            found[medium] = GatewaySpec(spec.kind, shown_members(spec))
    return found
