"""Making a user pool with everything it needs to issue tokens: its row, its data key and two RSA signing keys."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.core import keys, pools
from app.core.mfa_configuration import check_mfa
from app.core.pool_configuration import check_tags, new_configuration
from app.core.pool_schema import new_schema
from app.core.pools import Pool
from app.flows.signing_keys import new_pairs
from app.flows.work import Work
from app.kit.errors import UserPoolTaggingException
from app.kit.ids import new_pool_id


def create_pool(
    work: Work,
    name: str,
    given: Mapping[str, Any],
    *,
    schema: Iterable[Mapping[str, Any]] = (),
    tags: Mapping[str, str] | None = None,
) -> Pool:
    """A new pool of the caller's account in the work's region, from what CreateUserPool gives.

    The issuer is fixed here from the configured base URL. Raises UserPoolTaggingException, and as
    `core.pool_configuration.new_configuration`.
    """
    check_tags(tags or {}, UserPoolTaggingException)
    configuration = new_configuration(given, work.region, gates_tiers=work.settings.tier_gating == "on")
    check_mfa(configuration)
    attributes = new_schema(schema, configuration.get("AliasAttributes") or ())
    pool_id = new_pool_id(work.region)
    pairs = new_pairs(work, "RS256")
    if work.change:
        work.change.pool_id = pool_id
    with work.write() as db:
        work.keyring.create(db, pool_id, work.now)
        pool = pools.create_pool(
            db,
            pool_id=pool_id,
            account_id=work.caller.account_id or work.settings.account_id,
            region=work.region,
            name=name,
            issuer=f"{work.settings.base_url.rstrip('/')}/{pool_id}",
            configuration=configuration,
            schema=attributes,
            tags=dict(tags or {}),
            now=work.now,
        )
        keys.create_signing_keys(db, work.keyring, pool_id, "RS256", pairs, work.now)
        pools.publish_change(db, pool_id)
    return pool
