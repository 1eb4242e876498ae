"""User pools: making, changing, describing, listing and deleting them."""

from collections.abc import Mapping
from typing import Any

from app.core import domains, pools
from app.core.domains import Domain
from app.core.pool_configuration import effective_acrs
from app.core.pools import Pool
from app.flows import create_pool as create
from app.flows import delete_pool as delete
from app.flows import update_pool as update
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("CreateUserPool", rest="given")
def create_user_pool(
    work: Work,
    pool_name: str,
    given: Members,
    user_pool_tags: dict[str, str] | None = None,
    schema: list[Members] | None = None,
) -> Members:
    """Answers with the pool; its issuer, alias and username attributes and case sensitivity are fixed from now on."""
    pool = create.create_pool(work, pool_name, given, schema=schema or (), tags=user_pool_tags)
    return {"UserPool": _user_pool(pool, ())}


@cognito_idp.operation("DescribeUserPool")
def describe_user_pool(work: Work, user_pool_id: str) -> Members:
    """The whole pool with its schema, domains and tags."""
    with work.read() as db:
        pool = pools.get_pool(db, user_pool_id)
        named = domains.list_domains(db, user_pool_id)
    return {"UserPool": _user_pool(pool, named)}


@cognito_idp.operation("UpdateUserPool", rest="given")
def update_user_pool(
    work: Work,
    user_pool_id: str,
    given: Members,
    pool_name: str | None = None,
    user_pool_tags: dict[str, str] | None = None,
) -> None:
    """Replaces the configuration: what is left out falls back to its default."""
    update.replace_configuration(work, user_pool_id, given, name=pool_name, tags=user_pool_tags)


@cognito_idp.operation("DeleteUserPool")
def delete_user_pool(work: Work, user_pool_id: str) -> None:
    """The pool is gone at once, for operators, users and tokens."""
    delete.delete_pool(work, user_pool_id)


@cognito_idp.operation("ListUserPools")
def list_user_pools(work: Work, max_results: int, next_token: str | None = None) -> Members:
    """The pools of the caller's account in the Region that the call was signed for."""
    account_id = work.caller.account_id

    def load(after: str | None, count: int) -> list[Pool]:
        with work.read() as db:
            return pools.list_pools(db, account_id, work.region, after=after, limit=count)

    scope = ("", "ListUserPools", account_id, work.region)
    found, token = list_page(work, scope, next_token, max_results, load, lambda pool: pool.pool_id)
    return {"UserPools": [_description(pool) for pool in found], "NextToken": token}


@cognito_idp.operation("AddCustomAttributes")
def add_custom_attributes(work: Work, user_pool_id: str, custom_attributes: list[Members]) -> None:
    """They can never be removed or changed."""
    update.add_custom_attributes(work, user_pool_id, custom_attributes)


@cognito_idp.operation("GetUserPoolMfaConfig")
def get_user_pool_mfa_config(work: Work, user_pool_id: str) -> Members:
    """Whether MFA is on, and how each second factor and passkeys are set."""
    with work.read() as db:
        return _mfa(pools.get_pool(db, user_pool_id))


@cognito_idp.operation("SetUserPoolMfaConfig", rest="given")
def set_user_pool_mfa_config(
    work: Work, user_pool_id: str, given: Members, sms_mfa_configuration: Members | None = None
) -> Members:
    """With MfaConfiguration, authenticator apps and e-mail are second factors only if they are given, too."""
    return _mfa(update.set_mfa(work, user_pool_id, sms_mfa_configuration, given))


def _user_pool(pool: Pool, named: tuple[Domain, ...]) -> Members:
    """UserPoolType."""
    return {
        **pool.configuration,
        "Id": pool.pool_id,
        "Name": pool.name,
        "Arn": pool.arn,
        "AcrConfiguration": effective_acrs(pool.configuration),
        "SchemaAttributes": pool.schema,
        "UserPoolTags": pool.tags,
        "EstimatedNumberOfUsers": pool.estimated_users,
        "CreationDate": pool.created_at,
        "LastModifiedDate": pool.updated_at,
        **{"CustomDomain" if domain.is_custom else "Domain": domain.domain for domain in named},
    }


def _description(pool: Pool) -> Members:
    """UserPoolDescriptionType."""
    return {
        "Id": pool.pool_id,
        "Name": pool.name,
        "LambdaConfig": pool.lambda_config,
        "CreationDate": pool.created_at,
        "LastModifiedDate": pool.updated_at,
    }


def _mfa(pool: Pool) -> Members:
    named = ("SmsAuthenticationMessage", "SmsConfiguration")
    sms: Mapping[str, Any] = {name: pool.configuration[name] for name in named if name in pool.configuration}
    return {
        "MfaConfiguration": pool.mfa,
        "SmsMfaConfiguration": sms or None,
        "SoftwareTokenMfaConfiguration": pool.configuration.get("SoftwareTokenMfaConfiguration"),
        "EmailMfaConfiguration": pool.configuration.get("EmailMfaConfiguration"),
        "WebAuthnConfiguration": pool.configuration.get("WebAuthnConfiguration"),
    }
