"""`poolhouse keys`, `pools set | rotate-keys` and `clients set`: our own service's operations, at the command line."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.commands.opening import no_answer, opened
from app.commands.operations import Operator
from app.commands.refusal import Refusal
from app.kit.errors import AppError, ServiceUnavailableException
from app.web.aws.registry import load_targets, poolhouse


def create_key(data: Path | None, user: str, policy: Path) -> str:
    """Makes an access key under a policy; the only time that its secret is shown."""
    try:
        document = policy.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Refusal(f"{policy} cannot be read") from None
    made = _call(data, "CreateAccessKey", UserName=user, PolicyDocument=document)["AccessKey"]
    return f"AWS_ACCESS_KEY_ID={made['AccessKeyId']}\nAWS_SECRET_ACCESS_KEY={made['SecretAccessKey']}"


def list_keys(data: Path | None) -> str:
    """One line for each access key of the account, revoked ones too."""
    lines, token = [f"{'ACCESS KEY':<22}{'STATUS':<10}{'CREATED':<18}{'LAST USED':<18}PRINCIPAL"], None
    while True:
        answer = _call(data, "ListAccessKeys", **({"NextToken": token} if token else {}))
        lines += [_line(key) for key in answer["AccessKeys"]]
        token = answer.get("NextToken")
        if not token:
            return "\n".join(lines)


def revoke_key(data: Path | None, access_key_id: str) -> str:
    """Makes an access key useless on every node within a second."""
    _call(data, "RevokeAccessKey", AccessKeyId=access_key_id)
    return f"{access_key_id} is revoked."


def set_pool(data: Path | None, pool_id: str, settings: Sequence[str]) -> str:
    """Changes what Cognito's API cannot say about a user pool, `Name=value` each; shows what holds then."""
    return _shown(_call(data, "UpdatePoolSettings", _parsed(settings), UserPoolId=pool_id))


def rotate_keys(data: Path | None, pool_id: str) -> str:
    """Begins a rotation of a user pool's signing keys; one line for each key that is published then."""
    found = _call(data, "RotateSigningKeys", UserPoolId=pool_id)["SigningKeys"]
    lines = [f"{key['State']:<10}{key['Algorithm']:<8}{key['Use']:<8}{key['KeyId']}" for key in found]
    return "\n".join([f"{'STATE':<10}{'ALG':<8}{'USE':<8}KEY ID", *lines])


def set_client(data: Path | None, pool_id: str, client_id: str, settings: Sequence[str]) -> str:
    """Changes what Cognito's API cannot say about an app client (Profile, SigningAlgorithm, Pkce, Consent)."""
    return _shown(_call(data, "UpdateClientSettings", _parsed(settings), UserPoolId=pool_id, ClientId=client_id))


def _call(
    data: Path | None, operation: str, settings: Mapping[str, str] = MappingProxyType({}), **members: Any
) -> dict[str, Any]:
    load_targets()
    operation_model = poolhouse.model["operations"][operation]
    known = poolhouse.model["shapes"][operation_model["input"]["shape"]]["members"]
    names = [name for name in known if not name.endswith("Id")]
    unknown = sorted(set(settings) - set(names))
    if unknown:
        raise Refusal(f"{', '.join(unknown)}: there is no such setting (there is {', '.join(names)})")
    members |= {name: _typed(name, value, known[name]["shape"]) for name, value in settings.items()}
    with opened(data) as resources:
        try:
            return Operator(resources).call(poolhouse, operation, **members)
        except ServiceUnavailableException as error:
            raise no_answer(error) from None
        except AppError as error:
            raise Refusal(f"{error.code}: {error.message}") from None


def _parsed(settings: Sequence[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in settings]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise Refusal(f"{wrong[0]}: settings are written Name=value")
    parsed = {name: value for name, _, value in pairs}
    if len(parsed) != len(pairs):
        raise Refusal("a setting is given twice")
    return parsed


def _typed(name: str, value: str, shape: str) -> str | int:
    """A value as its shape wants it: what the command line gives is text."""
    if poolhouse.model["shapes"][shape]["type"] != "integer":
        return value
    if not (value.isascii() and value.isdecimal()):
        raise Refusal(f"{name} is a whole number")
    return int(value)


def _shown(answer: dict[str, Any]) -> str:
    return json.dumps(answer, indent=2)


def _line(key: dict[str, Any]) -> str:
    times = (_minute(key["CreationDate"]), _minute(key.get("LastUsedDate")))
    return f"{key['AccessKeyId']:<22}{key['Status']:<10}{times[0]:<18}{times[1]:<18}{key['PrincipalArn']}"


def _minute(millis: int | None) -> str:
    return datetime.fromtimestamp(millis / 1_000, UTC).strftime("%Y-%m-%d %H:%M") if millis else "-"
