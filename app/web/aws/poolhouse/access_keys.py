"""Access keys of the operators of an account, each with the policy that says what it may do."""

import json
from typing import Any

from app.core import access_keys
from app.core.policies import parse_policy
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("CreateAccessKey")
def create_access_key(work: Work, user_name: str, policy_document: str) -> Members:
    """Answers with the secret, which is shown only here. A policy element that is not evaluated is refused."""
    policy = parse_policy(policy_document)
    account_id = work.caller.account_id
    with work.write() as db:
        access_key_id, secret = access_keys.create_access_key(db, work.keyring, account_id, user_name, policy, work.now)
        key = access_keys.find_access_key(db, work.keyring, access_key_id)
    shown = {} if key is None else _access_key(vars(key))
    return {"AccessKey": {**shown, "SecretAccessKey": secret}}


@poolhouse.operation("ListAccessKeys")
def list_access_keys(work: Work, max_results: int | None = None, next_token: str | None = None) -> Members:
    """The keys of the caller's account, revoked ones too, never their secrets."""
    account_id = work.caller.account_id

    def load(after: str | None, count: int) -> list[Members]:
        with work.read() as db:
            return access_keys.list_access_keys(db, account_id, after=after, limit=count)

    scope = ("", "ListAccessKeys", account_id)
    found, token = list_page(work, scope, next_token, max_results, load, lambda key: str(key["access_key_id"]))
    return {"AccessKeys": [_access_key(key) for key in found], "NextToken": token}


@poolhouse.operation("RevokeAccessKey")
def revoke_access_key(work: Work, access_key_id: str) -> None:
    """The key is useless within a second, for good."""
    with work.write() as db:
        access_keys.revoke_access_key(db, work.caller.account_id, access_key_id)


def _access_key(key: Members) -> Members:
    """AccessKeyType, from a core access key's fields."""
    policy = key["policy"]
    return {
        "AccessKeyId": key["access_key_id"],
        "PrincipalArn": key["principal_arn"],
        "PolicyDocument": None if policy is None else json.dumps(policy),
        "Status": "ACTIVE" if key["active"] else "REVOKED",
        "CreationDate": key["created_at"],
        "LastUsedDate": key["last_used_at"],
    }
