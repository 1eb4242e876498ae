"""`poolhouse sender-keys`: keys that encrypt codes for custom senders, at the command line."""

from datetime import UTC, datetime
from pathlib import Path

from app.commands.calling import call


def create_key(data: Path | None, key_arn: str | None) -> str:
    """Makes a key; its ARN."""
    members = {"KeyArn": key_arn} if key_arn else {}
    return str(call(data, "CreateSenderKey", **members)["SenderKey"]["KeyArn"])


def list_keys(data: Path | None) -> str:
    """One line for each key of the account."""
    lines, token = [f"{'CREATED':<18}KEY"], None
    while True:
        answer = call(data, "ListSenderKeys", **({"NextToken": token} if token else {}))
        for key in answer["SenderKeys"]:
            made = datetime.fromtimestamp(key["CreationDate"], UTC)
            lines.append(f"{made:%Y-%m-%d %H:%M}  {key['KeyArn']}")
        token = answer.get("NextToken")
        if not token:
            return "\n".join(lines)


def export_key(data: Path | None, key_arn: str) -> str:
    """What the function that decrypts needs, as variables of its environment."""
    key = call(data, "ExportSenderKey", KeyArn=key_arn)["SenderKey"]
    members = {"KEY_NAMESPACE": "KeyNamespace", "KEY_NAME": "KeyName", "WRAPPING_KEY": "WrappingKey"}
    return "\n".join(f"{variable}={key[member]}" for variable, member in members.items())


def delete_key(data: Path | None, key_arn: str) -> str:
    """Removes a key for good."""
    call(data, "DeleteSenderKey", KeyArn=key_arn)
    return f"{key_arn} is deleted."
