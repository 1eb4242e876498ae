"""Who calls an AWS operation, and whether they may: SigV4 where the model asks for it, then the access key's policy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.access_keys import AccessKey
from app.core.policies import Decision, decide
from app.flows.snapshots import Snapshots
from app.flows.work import NOBODY, Caller
from app.kit.errors import (
    AccessDeniedException,
    AppError,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ResourceNotFoundException,
    UnrecognizedClientException,
)
from app.web.aws import sigv4
from app.web.aws.registry import Operation
from app.web.aws.sigv4 import Received

FindAccessKey = Callable[[str], AccessKey | None]
# "An IAM policy that denies cognito-idp:DescribeTerms also denies requests to DescribeTermsByClient" (its API page).
_DENIED_WITH = {"cognito-idp:DescribeTermsByClient": "cognito-idp:DescribeTerms"}
# What an operation of our own is about by the noun in its name, even where a pool is named beside it: kind and member.
_OF_NOUNS = {
    "Function": ("function", "FunctionName"),
    "SenderKey": ("sender-key", "KeyArn"),
    "AccessKey": ("access-key", "AccessKeyId"),
}
_DENIALS = {
    "denied": "with an explicit deny in an identity-based policy",
    "not_allowed": "because no identity-based policy allows the {action} action",
}


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """Where access keys are found. While the root secret is rotated, `previous_root_secret` is accepted beside its own."""

    find: FindAccessKey
    root_access_key_id: str = ""
    previous_root_secret: str = ""

    def secrets(self, key: AccessKey) -> tuple[str, ...]:
        """The secrets that may have signed for the key."""
        if self.previous_root_secret and key.access_key_id == self.root_access_key_id:
            return key.secret, self.previous_root_secret
        return (key.secret,)


def identify(operation: Operation, received: Received, keys: AccessKeys, now: int) -> tuple[Caller, str]:
    """The caller and the region they signed for, empty when unsigned; `now` is epoch ms.

    Operations without authentication ignore every Authorization header, since SDKs sign them all the same. Where a
    signature is optional a bad one counts as none: it could only have added rights.
    """
    if operation.auth == "none":
        return NOBODY, ""
    if operation.auth == "sigv4":
        return _verified(operation.service, received, keys, now)
    try:
        return _verified(operation.service, received, keys, now)
    except AppError:
        return NOBODY, ""


def _verified(service: str, received: Received, keys: AccessKeys, now: int) -> tuple[Caller, str]:
    signed = sigv4.parse(received)
    if signed is None:
        raise MissingAuthenticationTokenException
    sigv4.check_scope(signed, service, now)
    key = keys.find(signed.access_key_id)
    if key is None or not key.active:
        raise UnrecognizedClientException
    *others, last = keys.secrets(key)
    for secret in others:
        try:
            sigv4.verify(signed, secret, received)
        except InvalidSignatureException:
            continue
        return _operator(key), signed.region
    sigv4.verify(signed, last, received)
    return _operator(key), signed.region


def _operator(key: AccessKey) -> Caller:
    return Caller(
        kind="operator",
        account_id=key.account_id,
        principal_arn=key.principal_arn,
        policy=key.policy,
        access_key_id=key.access_key_id,
    )


def authorise(
    operation: Operation, caller: Caller, region: str, members: Mapping[str, Any], pools: Snapshots
) -> Caller:
    """The caller with whose rights the operation runs; raises AccessDeniedException, ResourceNotFoundException.

    The policy comes first, so that a caller without rights cannot ask which pools exist. A pool of another account or
    region does not exist for the caller.
    """
    if caller.kind != "operator":
        return caller
    pool_id = named_pool(members, pools if operation.auth == "either" else None)
    resource = _resource(operation, caller, region, pool_id, members)
    decision = _decide(caller, operation.action, resource)
    if decision != "allowed":
        if operation.auth == "either":
            return NOBODY
        reason = _DENIALS[decision].format(action=operation.action)
        raise AccessDeniedException(
            f"User: {caller.principal_arn} is not authorized to perform: {operation.action} on resource: {resource} {reason}"
        )
    if pool_id is not None:
        _check_owner(pool_id, caller, region, members.get("ResourceArn"), pools)
    return caller


def _decide(caller: Caller, action: str, resource: str) -> Decision:
    wider = _DENIED_WITH.get(action)
    if wider and decide(caller.policy, wider, resource) == "denied":
        return "denied"
    return decide(caller.policy, action, resource)


def named_pool(members: Mapping[str, Any], pools: Snapshots | None) -> str | None:
    """The pool that the input names: by its id, its ARN or, if `pools` are given, one of its clients."""
    pool_id = members.get("UserPoolId")
    if pool_id is not None:
        return str(pool_id)
    arn = members.get("ResourceArn")
    if arn is not None:
        return str(arn).rpartition("/")[2]
    client_id = members.get("ClientId")
    return pools.client(str(client_id)).pool.pool_id if pools and client_id is not None else None


def _resource(
    operation: Operation, caller: Caller, region: str, pool_id: str | None, members: Mapping[str, Any]
) -> str:
    """The ARN that policies are matched with; a call that names no pool is about all of them (`userpool/*`)."""
    if operation.service == "poolhouse":
        for noun, (kind, member) in _OF_NOUNS.items():
            if noun in operation.name:
                return f"arn:aws:poolhouse:{region}:{caller.account_id}:{kind}/{members.get(member, '*')}"
    return f"arn:aws:cognito-idp:{region}:{caller.account_id}:userpool/{pool_id or '*'}"


def _check_owner(pool_id: str, caller: Caller, region: str, arn: str | None, pools: Snapshots) -> None:
    pool = pools.pool(pool_id).pool
    is_meant = arn is None or arn == pool.arn
    if (pool.account_id, pool.region) != (caller.account_id, region) or not is_meant:
        raise ResourceNotFoundException(f"User pool {pool_id} does not exist.")
