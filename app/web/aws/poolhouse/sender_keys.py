"""Keys that encrypt the codes in the events of custom senders: what stands in for KMS keys."""

import base64
from typing import Any

from app.core import sender_keys
from app.core.sender_keys import SenderKey
from app.flows import custom_senders
from app.flows.work import Work
from app.gateways.encryption import KEY_NAMESPACE
from app.web.aws.listing import list_page
from app.web.aws.registry import poolhouse

Members = dict[str, Any]


@poolhouse.operation("CreateSenderKey")
def create_sender_key(work: Work, key_arn: str | None = None) -> Members:
    """A new random key, under the ARN given or a new one."""
    account_id = work.caller.account_id
    key_arn = key_arn or sender_keys.new_key_arn(work.region, account_id)
    with work.write() as db:
        made = sender_keys.create_sender_key(db, work.keyring, account_id, key_arn, work.now)
    return {"SenderKey": _sender_key(made)}


@poolhouse.operation("ListSenderKeys")
def list_sender_keys(work: Work, max_results: int | None = None, next_token: str | None = None) -> Members:
    """The keys of the caller's account."""
    account_id = work.caller.account_id

    def load(after: str | None, count: int) -> list[SenderKey]:
        with work.read() as db:
            return sender_keys.list_sender_keys(db, account_id, after=after, limit=count)

    scope = ("", "ListSenderKeys", account_id)
    found, token = list_page(work, scope, next_token, max_results, load, lambda key: key.key_arn)
    return {"SenderKeys": [_sender_key(key) for key in found], "NextToken": token}


@poolhouse.operation("ExportSenderKey")
def export_sender_key(work: Work, key_arn: str) -> Members:
    """What a function needs to decrypt. Not called Get, since policies for reading allow Get* and exports are recorded."""
    with work.read() as db:
        key = sender_keys.get_key_bytes(db, work.keyring, work.caller.account_id, key_arn)
    return {
        "SenderKey": {
            "KeyNamespace": KEY_NAMESPACE,
            "KeyName": key_arn,
            "WrappingKey": base64.b64encode(key).decode(),
        }
    }


@poolhouse.operation("DeleteSenderKey")
def delete_sender_key(work: Work, key_arn: str) -> None:
    """Refused while a pool names the key."""
    custom_senders.delete_sender_key(work, key_arn)


def _sender_key(key: SenderKey) -> Members:
    """SenderKeyType."""
    return {"KeyArn": key.key_arn, "CreationDate": key.created_at}
