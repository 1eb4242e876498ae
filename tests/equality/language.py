"""The language of the tables: a row is a name, the line that it cites and steps against one pool.

    row(
        "a wrong password",
        "cognito.md 12.2 NotAuthorized",
        user(),
        call("InitiateAuth", ClientId="$client", ...).fails("NotAuthorizedException", "Incorrect username or password."),
    )

Inputs and expectations refer to what is known by `$name` or `$name.Member.0.Member`; in a list of attributes a part may be
the attribute's name. `keeps(name)` makes an answer known. Every row knows

    $pool $arn $client $secret   the pool, and its client with the secret if it has one; `on(...)` sets other options
    $name $email $phone          a username, an address and a number that no other row has

An answer must have the members that are named and may have more. A value is matched by equality, a type by isinstance, a
pattern by fullmatch, a dictionary by its named members, a list item by item; see the classes below for the rest.
A row without a text, or with a text that its source marks as unverified, asserts the code of a refusal alone.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.factories import PASSWORD
from tests.functions import Handler

Members = Mapping[str, Any]
Text = str | re.Pattern[str]
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WRONG_PASSWORD = "Wrong-Horse-Battery-9"
SMS = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}


# ---- steps


@dataclass(frozen=True)
class Call:
    """One operation and what it must answer: members of an answer, or a code and perhaps a text."""

    operation: str
    members: Members
    answer: Members = field(default_factory=dict)
    is_whole: bool = False
    code: str | None = None
    text: Text | None = None
    kept: tuple[tuple[str, str], ...] = ()
    key: str = "operator"

    def gives(self, **answer: Any) -> "Call":
        """The answer has these members, and may have more."""
        return replace(self, answer=answer)

    def gives_only(self, **answer: Any) -> "Call":
        """The answer has these members and no other."""
        return replace(self, answer=answer, is_whole=True)

    def fails(self, code: str, text: Text | None = None) -> "Call":
        """The operation is refused."""
        return replace(self, code=code, text=text)

    def keeps(self, name: str, path: str = "") -> "Call":
        """The answer, or what is at `path` in it, is `$name` from here on."""
        return replace(self, kept=(*self.kept, (name, path)))

    def unsigned(self) -> "Call":
        """The operation is called without a signature."""
        return replace(self, key="nobody")

    def gated(self) -> "Call":
        """The operation is called at a server that keeps pools to their feature plan."""
        return replace(self, key="gated")


@dataclass(frozen=True)
class Wait:
    """The clock moves on."""

    seconds: float


@dataclass(frozen=True)
class Claims:
    """What a token says; members of its payload or, with `header`, of its header."""

    token: str
    members: Any
    of_header: bool = False


@dataclass(frozen=True)
class Message:
    """The newest message to an address; its members are purpose, medium, destination and code."""

    destination: str
    members: Members


Step = Call | Wait | Claims | Message


@dataclass(frozen=True)
class On:
    """The options of the row's pool, of its client, and its MFA configuration; None as client: there is none."""

    pool: Members = field(default_factory=dict)
    client: Members | None = field(default_factory=dict)
    mfa: Members | None = None


@dataclass(frozen=True)
class Row:
    """A name, the line cited, the steps, and the pool; `is_alone`: no other row may use the same pool."""

    name: str
    source: str
    steps: tuple[Step, ...]
    on: On = On()
    is_alone: bool = False

    def alone(self) -> "Row":
        """The row changes its pool or client, or counts what is in it."""
        return replace(self, is_alone=True)

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(step for step in self.steps if isinstance(step, Call))


def row(name: str, source: str, *parts: Step | Iterable[Step] | On) -> Row:
    """A row; `parts` are steps, groups of steps, and at most one On."""
    steps: list[Step] = []
    on = On()
    for part in parts:
        if isinstance(part, On):
            on = part
        elif isinstance(part, Step):
            steps.append(part)
        else:
            steps.extend(part)
    return Row(name, source, tuple(steps), on)


def call(operation: str, **members: Any) -> Call:
    """A step that calls an operation with these input members."""
    return Call(operation, members)


def wait(*, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> Wait:
    """A step that moves the clock."""
    return Wait(seconds + 60 * (minutes + 60 * (hours + 24 * days)))


def claims(token: str, members: Any, *, header: bool = False) -> Claims:
    """A step that reads a token."""
    return Claims(token, members, header)


def message(destination: str, **members: Any) -> Message:
    """A step that reads the newest message to an address."""
    return Message(destination, members)


# ---- calls by what names the user


def on_pool(operation: str, **members: Any) -> Call:
    """An operator's operation on the pool."""
    return call(operation, UserPoolId="$pool", **members)


def by_admin(operation: str, **members: Any) -> Call:
    """An operator's operation on `$name`."""
    return call(operation, **{"UserPoolId": "$pool", "Username": "$name", **members})


def by_app(operation: str, **members: Any) -> Call:
    """An app's operation for `$name`."""
    return call(operation, **{"ClientId": "$client", "Username": "$name", **members})


def by_token(operation: str, **members: Any) -> Call:
    """An operation of the signed-in user of `signed_in`."""
    return call(operation, **{"AccessToken": "$tokens.AccessToken", **members})


# ---- steps that many rows begin with


def attributes(**values: Any) -> list[dict[str, Any]]:
    """A list of attributes as the API takes it; `custom__x` stands for `custom:x`."""
    return [{"Name": name.replace("__", ":"), "Value": value} for name, value in values.items()]


def user(username: str = "$name", password: str = PASSWORD, **values: str) -> list[Step]:
    """A confirmed user; `$user` is its UserType, `$sub` its subject."""
    made = call("AdminCreateUser", UserPoolId="$pool", Username=username, MessageAction="SUPPRESS")
    if values:
        made = replace(made, members={**made.members, "UserAttributes": attributes(**values)})
    permanent = {"UserPoolId": "$pool", "Username": username, "Password": password, "Permanent": True}
    kept = made.keeps("user", "User").keeps("sub", "User.Attributes.sub")
    return [kept, call("AdminSetUserPassword", **permanent)]


def invited(**values: str) -> list[Step]:
    """A user in FORCE_CHANGE_PASSWORD whose temporary password is PASSWORD."""
    members: dict[str, Any] = {"UserPoolId": "$pool", "Username": "$name", "TemporaryPassword": PASSWORD}
    members |= {"UserAttributes": attributes(**values)} if values else {}
    return [call("AdminCreateUser", **members, MessageAction="SUPPRESS").keeps("user", "User")]


def signed_up(**values: str) -> list[Step]:
    """An unconfirmed user with PASSWORD; `$made` is the answer."""
    members: dict[str, Any] = {"ClientId": "$client", "Username": "$name", "Password": PASSWORD}
    members |= {"UserAttributes": attributes(**values)} if values else {}
    return [call("SignUp", **members).keeps("made")]


def password_sign_in(username: str = "$name", password: str = PASSWORD, **parameters: Any) -> Call:
    """InitiateAuth with USER_PASSWORD_AUTH."""
    given = {"USERNAME": username, "PASSWORD": password, **parameters}
    return call("InitiateAuth", ClientId="$client", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=given)


def signed_in(**values: str) -> list[Step]:
    """A confirmed user who has signed in; `$tokens` is AuthenticationResult."""
    return [*user(**values), password_sign_in().keeps("tokens", "AuthenticationResult")]


def respond(challenge: str, session: str | None = "$challenge.Session", **responses: Any) -> Call:
    """RespondToAuthChallenge for `$name`; responses may name another USERNAME."""
    given = {"USERNAME": "$name", **responses}
    members = {"ClientId": "$client", "ChallengeName": challenge, "ChallengeResponses": given}
    return call("RespondToAuthChallenge", **members, **({"Session": session} if session else {}))


# ---- values that are known only when a row runs


@dataclass(frozen=True)
class Code:
    """The code of the newest message to an address."""

    destination: str


@dataclass(frozen=True)
class SecretHash:
    """SECRET_HASH of a username with `$secret` and `$client`."""

    username: str


@dataclass(frozen=True)
class Totp:
    """The code of an authenticator with a seed, so many time steps from now."""

    seed: str
    steps: int = 0


@dataclass(frozen=True)
class WrongTotp:
    """Six digits that an authenticator with a seed shows neither now nor in the steps beside it."""

    seed: str


@dataclass(frozen=True)
class SrpA:
    """SRP_A of a sign-in; `Proof` is of the newest one."""


@dataclass(frozen=True)
class Proof:
    """ChallengeResponses to a PASSWORD_VERIFIER, proving a password."""

    parameters: str = "$challenge.ChallengeParameters"
    password: str = PASSWORD


@dataclass(frozen=True)
class NewPasskey:
    """RegistrationResponseJSON of the row's authenticator to CredentialCreationOptions."""

    options: str = "$options.CredentialCreationOptions"
    changes: Members = field(default_factory=dict)


@dataclass(frozen=True)
class Passkey:
    """AuthenticationResponseJSON, as text, of the row's authenticator to CREDENTIAL_REQUEST_OPTIONS."""

    options: str = "$challenge.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS"


@dataclass(frozen=True)
class Function:
    """The ARN of a function that does this."""

    handler: Handler


# ---- what an answer is matched by


@dataclass(frozen=True)
class Has:
    """A list that holds a match of each of these, in any order, and may hold more."""

    items: tuple[Any, ...]


@dataclass(frozen=True)
class Each:
    """A list with at least one item whose items all match."""

    item: Any


@dataclass(frozen=True)
class SameSet:
    """A list of these values in any order."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class Json:
    """A text that is JSON of a match."""

    value: Any


@dataclass(frozen=True)
class Only:
    """A dictionary with exactly these members."""

    members: Members


@dataclass(frozen=True)
class Absent:
    """The member is not there; among attributes: no attribute has the name."""

    attribute: str = ""


ABSENT = Absent()


def has(*items: Any) -> Has:
    """A list that holds at least these."""
    return Has(items)


def has_attributes(**values: Any) -> Has:
    """A list of attributes that holds at least these."""
    return Has(tuple(attributes(**values)))


def same_set(*values: Any) -> SameSet:
    """A list of these in any order."""
    return SameSet(values)
