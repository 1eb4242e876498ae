"""Where rows are played: one server, pools that rows share when their options are the same, and what a row knows."""

import dataclasses
import hashlib
import hmac
import itertools
import json
import re
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import pyotp
from botocore import xform_name
from botocore.exceptions import ClientError
from pycognito.aws_srp import AWSSRP

from app.core.messages import Message
from app.flows.work import Resources
from tests.authenticator import Authenticator
from tests.conftest import Clock
from tests.equality import language as say
from tests.equality.language import Call, On, Row
from tests.equality.matching import difference
from tests.factories import PASSWORD
from tests.functions import FakeFunctions
from tests.outbox import posted

_PLACE = re.compile(r"\$([a-z_]+(?:\.[\w:-]+)*)")
_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
_TURNS = itertools.count(1)


class Stage:
    """Plays rows through real botocore clients that do not check their input first."""

    def __init__(
        self, clients: Mapping[str, Any], resources: Resources, clock: Clock, functions: FakeFunctions
    ) -> None:
        self._clients, self._resources, self._clock, self._functions = clients, resources, clock, functions
        self._pools: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Any] = {}
        self._srp: Any = None
        self._authenticator = Authenticator()
        self._computed: dict[type, Callable[[Any], Any]] = {
            say.Code: lambda value: self._newest(str(self.resolved(value.destination))).code,
            say.SecretHash: self._hash,
            say.Totp: self._totp,
            say.WrongTotp: self._wrong_totp,
            say.SrpA: self._srp_a,
            say.Proof: self._proof,
            say.NewPasskey: self._new_passkey,
            say.Passkey: lambda value: json.dumps(self._authenticator.get(json.loads(self.resolved(value.options)))),
            say.Function: lambda value: self._functions.register(value.handler),
        }

    def play(self, row: Row) -> None:
        """Runs a row; raises AssertionError where an answer is not what the row says."""
        turn = next(_TURNS)
        name = f"user-{turn}-{uuid4().hex[:8]}"
        own = {"name": name, "email": f"{name}@example.com", "phone": f"+1206555{turn % 10_000:04}"}
        self._known = own | (self._make(row.on) if row.is_alone else self._shared(row.on))
        self._authenticator = Authenticator()
        for number, step in enumerate(row.steps):
            try:
                self._step(step)
            except AssertionError as problem:
                raise AssertionError(f"step {number} ({_title(step)}): {problem}") from None

    # ---- pools

    def _shared(self, on: On) -> dict[str, Any]:
        key = repr(on)
        if key not in self._pools:
            self._pools[key] = self._make(on)
        return self._pools[key]

    def _make(self, on: On) -> dict[str, Any]:
        operator = self._clients["operator"]
        pool = operator.create_user_pool(**{"PoolName": "equality", **self.resolved(on.pool)})["UserPool"]
        known = {"pool": pool["Id"], "arn": pool["Arn"]}
        if on.mfa is not None:
            operator.set_user_pool_mfa_config(UserPoolId=pool["Id"], **self.resolved(on.mfa))
        if on.client is not None:
            options = {"ClientName": "equality", "ExplicitAuthFlows": _FLOWS, **on.client}
            client = operator.create_user_pool_client(UserPoolId=pool["Id"], **options)["UserPoolClient"]
            known |= {"client": client["ClientId"], "secret": client.get("ClientSecret", "")}
        return known

    # ---- steps

    def _step(self, step: say.Step) -> None:
        match step:
            case say.Wait():
                self._clock.advance(ms=round(step.seconds * 1_000))
            case say.Call():
                self._call(step)
            case say.Claims():
                part = str(self.resolved(step.token)).split(".")[0 if step.of_header else 1]
                found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                _compare(self.resolved(step.members), found, "token")
            case say.Message():
                found = dataclasses.asdict(self._newest(str(self.resolved(step.destination))))
                _compare(self.resolved(step.members), found, "message")

    def _call(self, step: Call) -> None:
        answer, refusal = self._outcome(step)
        if refusal is not None:
            assert step.code is not None, f"refused: {refusal['Error']}"
            self._check_refusal(step, refusal)
            return
        assert step.code is None, f"answered {answer}, but should be refused with {step.code}"
        expected = self.resolved(step.answer)
        _compare(say.Only(expected) if step.is_whole else expected, answer, "answer")
        for name, path in step.kept:
            self._known[name] = _at(answer, path.split(".") if path else [])

    def _outcome(self, step: Call) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
        """The answer, or what a refusal holds."""
        try:
            answer = getattr(self._clients[step.key], xform_name(step.operation))(**self.resolved(step.members))
        except ClientError as error:
            return {}, error.response
        answer.pop("ResponseMetadata")
        return answer, None

    def _check_refusal(self, step: Call, response: Mapping[str, Any]) -> None:
        """Code and text, and the envelope of cognito.md 12.1."""
        code, text = response["Error"]["Code"], response["Error"]["Message"]
        assert code == step.code, f"refused with {code} {text!r}, not {step.code}"
        told = response["ResponseMetadata"]
        assert told["HTTPStatusCode"] == 400
        assert told["HTTPHeaders"]["x-amzn-errortype"] == f"{code}:"
        if step.text is not None:
            _compare(self.resolved(step.text), text, "text")

    # ---- what is known

    def resolved(self, value: Any) -> Any:
        """The value with everything in it that is known only now."""
        if isinstance(value, str):
            return self._filled(value)
        if type(value) in self._computed:
            return self._computed[type(value)](value)
        if isinstance(value, Mapping):
            return {self._filled(name): self.resolved(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.resolved(item) for item in value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [member.name for member in dataclasses.fields(value)]
            return dataclasses.replace(value, **{name: self.resolved(getattr(value, name)) for name in names})
        return value

    def _hash(self, value: say.SecretHash) -> str:
        text = str(self.resolved(value.username)) + self._known["client"]
        return b64encode(hmac.digest(self._known["secret"].encode(), text.encode(), hashlib.sha256)).decode()

    def _wrong_totp(self, value: say.WrongTotp) -> str:
        shown = {self._totp(say.Totp(value.seed, steps)) for steps in range(-2, 3)}
        return next(
            digits for digits in ("000000", "000001", "000002", "000003", "000004", "000005") if digits not in shown
        )

    def _totp(self, value: say.Totp) -> str:
        return pyotp.TOTP(str(self.resolved(value.seed))).at(self._clock.now // 1_000 + 30 * value.steps)

    def _srp_a(self, _value: say.SrpA) -> str:
        secret = self._known["secret"] or None
        pool_id, client_id = self._known["pool"], self._known["client"]
        self._srp = AWSSRP("", PASSWORD, pool_id, client_id, client=object(), client_secret=secret)
        return str(self._srp.get_auth_params()["SRP_A"])

    def _proof(self, proof: say.Proof) -> Any:
        parameters = self.resolved(proof.parameters)
        self._srp.username, self._srp.password = parameters["USERNAME"], self.resolved(proof.password)
        return self._srp.process_challenge(parameters, {"USERNAME": parameters["USERNAME"]})

    def _new_passkey(self, value: say.NewPasskey) -> Any:
        return self._authenticator.create(self.resolved(value.options), **self.resolved(value.changes))

    def _filled(self, text: str) -> Any:
        """The value that a text names as a whole, or the text with what it names put in."""
        whole = _PLACE.fullmatch(text)
        if whole:
            return self._named(whole[1])
        return _PLACE.sub(lambda found: str(self._named(found[1])), text)

    def _named(self, path: str) -> Any:
        name, *rest = path.split(".")
        return _at(self._known[name], rest)

    def _newest(self, destination: str) -> Message:
        pool_id = self._known["pool"]
        found = [message for message in posted(self._resources, pool_id) if message.destination == destination]
        assert found, f"no message to {destination}"
        return found[-1]


def _compare(expected: Any, found: Any, path: str) -> None:
    wrong = difference(expected, found, path)
    assert wrong is None, wrong


def _at(value: Any, path: list[str]) -> Any:
    for part in path:
        if isinstance(value, list) and not part.isdigit():
            value = next(item["Value"] for item in value if item["Name"] == part)
        else:
            value = value[int(part) if isinstance(value, list) else part]
    return value


def _title(step: say.Step) -> str:
    return step.operation if isinstance(step, Call) else type(step).__name__
