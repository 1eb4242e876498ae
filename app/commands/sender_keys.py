"""`poolhouse sender-keys`: keys that encrypt codes for custom senders, at the command line."""

from pathlib import Path

from app.commands.access import call_operation, minute


def create_key(data: Path | None, key_arn: str | None) -> str:
    """Makes a key; its ARN."""
    members = {"KeyArn": key_arn} if key_arn else {}
    return str(call_operation(data, "CreateSenderKey", **members)["SenderKey"]["KeyArn"])


def list_keys(data: Path | None) -> str:
    """One line for each key of the account."""
    lines, token = [f"{'CREATED':<18}KEY"], None
    while True:
        answer = call_operation(data, "ListSenderKeys", **({"NextToken": token} if token else {}))
        lines += [f"{minute(key['CreationDate']):<18}{key['KeyArn']}" for key in answer["SenderKeys"]]
        token = answer.get("NextToken")
        if not token:
            return "\n".join(lines)


def export_key(data: Path | None, key_arn: str) -> str:
    """What the function that decrypts needs, as variables of its environment."""
    key = call_operation(data, "ExportSenderKey", KeyArn=key_arn)["SenderKey"]
    members = {"KEY_NAMESPACE": "KeyNamespace", "KEY_NAME": "KeyName", "WRAPPING_KEY": "WrappingKey"}
    return "\n".join(f"{variable}={key[member]}" for variable, member in members.items())


def delete_key(data: Path | None, key_arn: str) -> str:
    """Removes a key for good."""
    call_operation(data, "DeleteSenderKey", KeyArn=key_arn)
    return f"{key_arn} is deleted."
