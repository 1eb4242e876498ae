"""A pool's own functions send its messages: CustomEmailSender and CustomSMSSender (Developer Guide, "Custom sender Lambda
triggers").

Cognito calls them asynchronously. Here the outbox does: a message waits in it like any other, and its delivery is the call,
tried again until the function has returned. What it returns says nothing.
"""

import html
from typing import Any

import structlog

from app.core import pools, sender_keys
from app.core.messages import Message
from app.core.pools import Pool
from app.flows.trigger_events import build_event
from app.flows.triggers import custom_sender
from app.flows.work import Resources, Work
from app.gateways.encryption import encrypt
from app.gateways.functions import FunctionError, FunctionUnavailableError, Invocation
from app.gateways.messages import DeliveryError
from app.kit.errors import InvalidParameterException
from app.kit.sealing import SealError

# The occasion whose code is a password.
_INVITATION = "AdminCreateUser"
_ADDRESSES = {"EMAIL": "email", "SMS": "phone_number"}
_log = structlog.get_logger()


def has_sender(pool: Pool, message: Message) -> bool:
    """Whether a function of the pool sends the message; one that Cognito does not have goes by a gateway."""
    return bool(message.trigger_source and pool.lambda_config.get(custom_sender.TRIGGER_OF[message.medium]))


def call_sender(resources: Resources, pool: Pool, message_id: str, message: Message) -> None:
    """Hands the message to the pool's function, which must have one; raises DeliveryError, which holds nothing of it.

    Each attempt has the id of the message as its request id, by which a function can tell that it was here before.
    """
    trigger = custom_sender.TRIGGER_OF[message.medium]
    arn = str(pool.lambda_config[trigger]["LambdaArn"])
    event = sender_event(pool, message, _encrypted(resources, pool, message))
    try:
        resources.functions.invoke(Invocation(pool.pool_id, arn, event, message_id, once_id=message_id))
    except FunctionError:
        # Its text is the function's own, which may repeat the code in whatever form.
        raise DeliveryError(f"{trigger} failed; the function's calls tell more") from None
    except FunctionUnavailableError as error:
        raise DeliveryError(f"{trigger} invocation failed due to error {error.text}", is_outage=True) from None


def sender_event(pool: Pool, message: Message, code: str | None) -> dict[str, Any]:
    """The event of a message; `code` is as of `custom_sender.request`."""
    trigger = custom_sender.TRIGGER_OF[message.medium]
    return build_event(
        f"{trigger}_{message.trigger_source}",
        custom_sender.request(trigger, code, _attributes(message), message.client_metadata),
        custom_sender.RESPONSE,
        version="1",
        region=pool.region,
        pool_id=pool.pool_id,
        user_name=message.user_name,
        client_id=message.client_id or None,
    )


def delete_sender_key(work: Work, key_arn: str) -> None:
    """Removes a key of the caller's account for good.

    Raises ResourceNotFoundException, and InvalidParameterException while a pool of the account names the key.
    """
    account_id = work.caller.account_id
    with work.write() as db:
        pool_id = pools.find_pool_with_sender_key(db, account_id, key_arn)
        if pool_id:
            raise InvalidParameterException(f"Sender key {key_arn} is the KMSKeyID of user pool {pool_id}.")
        sender_keys.delete_sender_key(db, account_id, key_arn)


def _attributes(message: Message) -> dict[str, str]:
    """The user's attributes with the address that the message is for, which may be one that is still to be proven."""
    attributes = dict(message.user_attributes)
    name = _ADDRESSES[message.medium]
    if attributes.get(name) != message.destination:
        attributes[name] = message.destination
        if f"{name}_verified" in attributes:
            attributes[f"{name}_verified"] = "false"
    return attributes


def _encrypted(resources: Resources, pool: Pool, message: Message) -> str | None:
    """The code as the function gets it, under the pool's key and with the encryption context that Cognito uses."""
    if not message.code:
        return None
    key_arn = str(pool.lambda_config["KMSKeyID"])
    key = _key(resources, pool, key_arn)
    # Cognito escapes < and > of temporary passwords; functions unescape them.
    is_password = message.trigger_source == _INVITATION
    code = html.escape(message.code, quote=False) if is_password else message.code
    return encrypt(key, key_arn, code, {"userpool-id": pool.pool_id})


def _key(resources: Resources, pool: Pool, key_arn: str) -> bytes:
    try:
        with resources.database.read() as db:
            key = sender_keys.find_key_bytes(db, resources.keyring, pool.account_id, key_arn)
    except SealError:
        raise DeliveryError("the sender key does not open", is_outage=True) from None
    if key is None:
        _log.error("sender_key_missing", pool=pool.pool_id, key_arn=key_arn)
        raise DeliveryError(f"KMSKeyID {key_arn} is no sender key of this server", is_outage=True)
    return key
