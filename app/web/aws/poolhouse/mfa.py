"""Second factors that Cognito's API does not know: recovery codes, and several authenticator apps of one user."""

from typing import Any

from app.core import users
from app.flows import recovery_codes, software_tokens
from app.flows.access_tokens import user_of
from app.flows.work import Work
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("GenerateRecoveryCodes")
def generate_recovery_codes(work: Work, access_token: str) -> Members:
    """New recovery codes of the signed-in user."""
    grant = user_of(work, access_token)
    return {"RecoveryCodes": recovery_codes.generate_codes(work, grant.client.pool, grant.user.sub)}


@poolhouse.operation("AdminGenerateRecoveryCodes")
def admin_generate_recovery_codes(work: Work, user_pool_id: str, username: str) -> Members:
    """New recovery codes of a user, for an operator to hand over."""
    pool = work.snapshots.pool(user_pool_id).pool
    with work.read() as db:
        user = users.get_user(db, pool, username)
    return {"RecoveryCodes": recovery_codes.generate_codes(work, pool, user.sub)}


@poolhouse.operation("ListSoftwareTokens")
def list_software_tokens(work: Work, access_token: str) -> Members:
    """The authenticator apps of the signed-in user."""
    found = software_tokens.list_verified(work, user_of(work, access_token))
    return {
        "SoftwareTokens": [{"SoftwareTokenId": token.token_id, "FriendlyDeviceName": token.name} for token in found]
    }


@poolhouse.operation("DeleteSoftwareToken")
def delete_software_token(work: Work, access_token: str, software_token_id: str) -> None:
    """Removes an authenticator app; with the last one the factor is off."""
    software_tokens.remove(work, user_of(work, access_token), software_token_id)
