"""Tokens that a pool never issued, made from one that it did."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from app.core.keys import Use
from app.flows.issue_tokens import issue_client_token
from app.flows.snapshots import ClientSnapshot
from app.flows.token_signatures import sign
from tests.hostile.realms import Maker, Realm

DEEP = 4_000


def encode(value: Any) -> str:
    """Base64url of bytes as they are, of anything else as JSON."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, unverified."""
    header, claims, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(claims)


class Forger:
    """An attacker who has a token of `realm`, its public keys, and everything of the pool `other`."""

    def __init__(self, maker: Maker, realm: Realm, other: Realm) -> None:
        self.tokens, self.others = maker.tokens(realm), maker.tokens(other)
        self.good: str = self.tokens["AccessToken"]
        self.header, self.claims = parts_of(self.good)
        self._snapshot: ClientSnapshot = maker.resources.snapshots.client(realm.app.client_id)
        self._others: ClientSnapshot = maker.resources.snapshots.client(other.app.client_id)
        self._now = maker.resources.clock() // 1_000

        service = maker.resources.snapshots.client(realm.service.client_id)
        # Genuine, but of no user.
        self.service: str = issue_client_token(maker.make.work(), service, None).access_token

    def forgeries(self) -> Iterator[tuple[str, str]]:
        """Every forgery with its name."""
        yield from self._algorithms()
        yield from self._headers()
        yield from self._misused()
        yield from self._malformed()

    def _algorithms(self) -> Iterator[tuple[str, str]]:
        signature = self.good.rpartition(".")[2]
        for algorithm in ("none", "None", "NONE", "nOnE", "", None, "RS512", "PS256", "ES256", "HS256", ["RS256"], 256):
            unsigned = f"{encode({**self.header, 'alg': algorithm})}.{encode(self.claims)}"
            yield f"alg {algorithm!r} without signature", f"{unsigned}."
            yield f"alg {algorithm!r} with the old signature", f"{unsigned}.{signature}"
        for form, key in self._public_forms():
            text = f"{encode({**self.header, 'alg': 'HS256'})}.{encode(self.claims)}"
            mac = hmac.new(key, text.encode(), hashlib.sha256).digest()
            yield f"HS256 with the public key as {form}", f"{text}.{encode(mac)}"

    def _public_forms(self) -> Iterator[tuple[str, bytes]]:
        for key in self._snapshot.pool_snapshot.signing_keys:
            if key.kid == self.header["kid"]:
                public = RSAKey.import_key(key.public_jwk)
                yield "PEM", public.as_pem(private=False)
                yield "DER", public.as_der(private=False)
                yield "JWK", json.dumps(key.public_jwk).encode()
                yield "modulus", str(key.public_jwk["n"]).encode()
        yield "nothing", b""

    def _headers(self) -> Iterator[tuple[str, str]]:
        attacker, curve = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
        public = attacker.as_dict(private=False)
        extras: dict[str, dict[str, Any]] = {
            "same kid": {},
            "jwk": {"jwk": public},
            "jku": {"jku": "https://evil.example/jwks.json"},
            "x5u": {"x5u": "https://evil.example/cert.pem"},
            "no kid": {"kid": None},
            "kid of a file": {"kid": "../../../../dev/null"},
            "kid with SQL": {"kid": "' OR '1'='1"},
            "kid of the other pool": {"kid": parts_of(self.others["AccessToken"])[0]["kid"]},
            "kid of the ID token": {"kid": parts_of(self.tokens["IdToken"])[0]["kid"]},
        }
        for name, extra in extras.items():
            header = {key: value for key, value in {**self.header, **extra}.items() if value is not None}
            yield f"attacker's key, {name}", _signed(header, self.claims, attacker, "RS256")
        yield "attacker's EC key", _signed({**self.header, "alg": "ES256"}, self.claims, curve, "ES256")
        signature = self.good.rpartition(".")[2]
        for name, odd in {"kid list": [self.header["kid"]], "kid number": 7, "kid object": {"a": 1}}.items():
            yield name, f"{encode({**self.header, 'kid': odd})}.{encode(self.claims)}.{signature}"
        for name, value in {"crit": ["exp"], "b64": False, "zip": "DEF"}.items():
            yield name, f"{encode({**self.header, name: value})}.{encode(self.claims)}.{signature}"

    def _misused(self) -> Iterator[tuple[str, str]]:
        """What is genuine but not for this, and what only a mistake in signing could make."""
        yield "ID token", self.tokens["IdToken"]
        yield "refresh token", self.tokens["RefreshToken"]
        issuer = self._others.pool.issuer
        for name, use, changes in (
            ("access claims signed with the key of ID tokens", "id", {}),
            ("use id", "access", {"token_use": "id"}),
            ("no use", "access", {"token_use": None}),
            ("another issuer", "access", {"iss": issuer}),
            ("no issuer", "access", {"iss": None}),
            ("issuer with a slash", "access", {"iss": self.claims["iss"] + "/"}),
            ("issuer of another host", "access", {"iss": "https://evil.example/" + self._snapshot.pool.pool_id}),
            ("expired", "access", {"exp": self._now}),
            ("another pool's client", "access", {"client_id": self._others.client.client_id}),
            ("nobody's client", "access", {"client_id": "nobody"}),
            ("another pool's user", "access", {"sub": parts_of(self.others["AccessToken"])[1]["sub"]}),
            ("nobody", "access", {"sub": "nobody"}),
            ("no such family", "access", {"origin_jti": "nothing"}),
        ):
            kept = {key: value for key, value in {**self.claims, **changes}.items() if value is not None}
            yield name, self._genuine(use, kept)
        yield "this pool's claims signed by another", sign(self._others, "access", self.claims)

    def _genuine(self, use: str, claims: dict[str, Any]) -> str:
        key: Use = "id" if use == "id" else "access"
        return sign(self._snapshot, key, claims)

    def _malformed(self) -> Iterator[tuple[str, str]]:
        head, claims, signature = self.good.split(".")
        deep = b"[" * DEEP + b"]" * DEEP
        nested = b'{"a":' * DEEP + b"1" + b"}" * DEEP
        huge = b"9" * 5_000
        for name, part in {
            "deep list": deep,
            "deep object": nested,
            "huge number": b'{"alg":%b,"iss":%b}' % (huge, huge),
            "bytes": b"\xff\xfe",
            "list": b"[]",
            "null": b"null",
            "text": b'"x"',
            "nothing": b"",
        }.items():
            yield f"header of {name}", f"{encode(part)}.{claims}.{signature}"
            yield f"claims of {name}", f"{head}.{encode(part)}.{signature}"
        for name, issuer in {"surrogate": b"\\ud800", "null": b"a_\\u0000"}.items():
            part = b'{"iss":"http://localhost:9229/%b"}' % issuer
            yield f"{name} issuer", f"{head}.{encode(part)}.{signature}"
        yield "five parts", "a.b.c.d.e"
        yield "no parts", "..."
        yield "dots", ".."
        yield "padding", f"{head}=.{claims}=.{signature}="
        yield "very long", f"{head}.{'A' * 300_000}.{signature}"
        yield "another signature", f"{head}.{claims}.{encode(b'x' * 256)}"
        yield "half a signature", self.good[:-100]
        yield "two tokens", f"{self.good}.{self.good}"


def _signed(header: dict[str, Any], claims: dict[str, Any], key: RSAKey | ECKey, algorithm: str) -> str:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact(header, json.dumps(claims), key, registry=registry)
