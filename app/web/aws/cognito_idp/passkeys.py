"""Passkeys of the signed-in user."""

from typing import Any

from app.core import passkeys
from app.core.passkeys import Passkey
from app.flows.access_tokens import user_of
from app.flows.passkeys import complete_registration, delete_passkey, start_registration
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("StartWebAuthnRegistration")
def start_web_authn_registration(work: Work, access_token: str) -> Members:
    """The options that the user's authenticator makes a passkey with."""
    return {"CredentialCreationOptions": start_registration(work, user_of(work, access_token))}


@cognito_idp.operation("CompleteWebAuthnRegistration")
def complete_web_authn_registration(work: Work, access_token: str, credential: object) -> None:
    """Takes the authenticator's answer."""
    complete_registration(work, user_of(work, access_token), credential)


@cognito_idp.operation("ListWebAuthnCredentials")
def list_web_authn_credentials(
    work: Work, access_token: str, next_token: str | None = None, max_results: int | None = None
) -> Members:
    """The user's passkeys, the oldest first."""
    user = user_of(work, access_token).user

    def load(after: str | None, count: int) -> list[Passkey]:
        with work.read() as db:
            return passkeys.list_passkeys(
                db, user.pool_id, user.sub, after=_position(after) if after else None, limit=count
            )

    scope = (user.pool_id, "ListWebAuthnCredentials", user.sub)
    found, token = list_page(
        work, scope, next_token, max_results, load, lambda one: f"{one.created_at}:{one.credential_id}"
    )
    return {"Credentials": [_description(passkey) for passkey in found], "NextToken": token}


@cognito_idp.operation("DeleteWebAuthnCredential")
def delete_web_authn_credential(work: Work, access_token: str, credential_id: str) -> None:
    """Deletes one of the user's passkeys."""
    delete_passkey(work, user_of(work, access_token), credential_id)


def _position(text: str) -> tuple[int, str]:
    created_at, _, credential_id = text.partition(":")
    return int(created_at), credential_id


def _description(passkey: Passkey) -> Members:
    """WebAuthnCredentialDescription."""
    return {
        "CredentialId": passkey.credential_id,
        "FriendlyCredentialName": passkey.name,
        "RelyingPartyId": passkey.rp_id,
        "AuthenticatorAttachment": passkey.attachment,
        "AuthenticatorTransports": list(passkey.transports),
        "CreatedAt": passkey.created_at,
    }
