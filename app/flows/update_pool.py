"""Changing a user pool: its configuration, its custom attributes, its tags. Each change is made under its row's lock."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.core import imports, pools
from app.core.mfa_configuration import check_mfa, check_mfa_given, check_relying_party_id
from app.core.pool_configuration import check_sms, check_tags, replaced_configuration
from app.core.pool_schema import extended_schema
from app.core.pools import Pool
from app.flows.work import Work
from app.kit.errors import FeatureUnavailableInTierException, InvalidParameterException, UserPoolTaggingException

_SET_ANEW = ("SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")


def replace_configuration(
    work: Work, pool_id: str, given: Mapping[str, Any], *, name: str | None, tags: Mapping[str, str] | None
) -> None:
    """UpdateUserPool: what is not given falls back to its default, tags too; only the name is kept when not given.

    Raises ResourceNotFoundException, UserPoolTaggingException, UserImportInProgressException, and as `core.pool_configuration.replaced_configuration`.
    """
    check_tags(tags or {}, UserPoolTaggingException)
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        imports.check_no_active_job(db, pool_id)
        configuration = replaced_configuration(
            pool.configuration, given, pool.region, gates_tiers=work.settings.tier_gating == "on"
        )
        check_mfa(configuration)
        pools.update_pool(
            db, pool_id, work.now, name=name or pool.name, configuration=configuration, tags=dict(tags or {})
        )


def add_custom_attributes(work: Work, pool_id: str, attributes: Iterable[Mapping[str, Any]]) -> None:
    """Adds custom attributes, all or none; raises InvalidParameterException, UserImportInProgressException."""
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        imports.check_no_active_job(db, pool_id)
        pools.update_pool(db, pool_id, work.now, schema=extended_schema(pool.schema, attributes))


def set_mfa(work: Work, pool_id: str, sms: Mapping[str, Any] | None, changes: Mapping[str, Any]) -> Pool:
    """Sets members of the configuration that decide about MFA.

    With MfaConfiguration the second factors are set anew: an authenticator app or e-mail that does not come with it is none
    any more, as Terraform's AWS provider relies on. How the pool sends SMS is kept, and so is all that is not given otherwise.
    `sms` is SmsMfaConfiguration, `changes` the other members. Raises InvalidParameterException for factors that do not go
    together, FeatureUnavailableInTierException.
    """
    given = {**changes, **_sms_members(sms or {})}
    check_mfa_given(given)
    check_relying_party_id((given.get("WebAuthnConfiguration") or {}).get("RelyingPartyId"))
    with work.write() as db:
        pool = pools.lock_pool(db, pool_id)
        if "SmsConfiguration" in given:
            check_sms(given["SmsConfiguration"], pool.region)
        if work.tier_of(pool) == "LITE" and given.keys() & {"EmailMfaConfiguration", "WebAuthnConfiguration"}:
            raise FeatureUnavailableInTierException(
                "E-mail MFA and passkeys need the feature plan ESSENTIALS or higher."
            )
        gone = _SET_ANEW if given.get("MfaConfiguration") else ()
        kept = {name: value for name, value in pool.configuration.items() if name not in gone}
        configuration = {**kept, **given}
        check_mfa(configuration)
        pools.update_pool(db, pool_id, work.now, configuration=configuration)
        return pools.get_pool(db, pool_id)


def _sms_members(sms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sms[name] for name in ("SmsConfiguration", "SmsAuthenticationMessage") if sms.get(name) is not None}


def add_tags(work: Work, pool_id: str, tags: Mapping[str, str]) -> None:
    """Sets tags and keeps the others; raises InvalidParameterException beyond 50."""
    _change_tags(work, pool_id, lambda current: {**current, **tags})


def remove_tags(work: Work, pool_id: str, names: Iterable[str]) -> None:
    """Removes tags; names that no tag has are no error."""
    gone = set(names)
    _change_tags(work, pool_id, lambda current: {name: value for name, value in current.items() if name not in gone})


def _change_tags(work: Work, pool_id: str, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    with work.write() as db:
        tags = change(pools.lock_pool(db, pool_id).tags)
        check_tags(tags, InvalidParameterException)
        pools.update_pool(db, pool_id, work.now, tags=tags)
