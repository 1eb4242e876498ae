"""Authorization requests: which are good, and how one travels through the sign-in pages.

RFC 6749 section 4.1.1, RFC 7636 (S256 only), RFC 8707, OpenID Connect Core section 3.1.2.1, Cognito's authorize endpoint.
An error is sent to the client's redirect URI only once client and redirect URI are proven.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from app.core.clients import Client
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.token_claims import OIDC_SCOPES, user_scopes
from app.flows.token_signatures import InvalidTokenError, verify
from app.flows.work import Work
from app.kit.errors import AppError, ResourceNotFoundException

Pairs = Sequence[tuple[str, str]]
CONTINUATION: Final = "continuation"
_MAX_CHARACTERS: Final = 8_192
_PROMPTS: Final = frozenset({"none", "login", "select_account", "consent"})
_NO_PROVIDER: Final = "None of the client's identity providers is available."
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LAST_PORT: Final = 65_535
# Not localhost, which may be another host (RFC 8252 section 8.3).
_LOOPBACK: Final = re.compile(
    r"(?P<before>http://(?:127\.0\.0\.1|\[::1\]))(?::(?P<port>[1-9][0-9]{0,4}))?(?P<after>(?:[/?].*)?)", re.ASCII
)
_MAX_AGE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
# OpenID Connect Core section 3.1.2.6 names an error for each.
_UNSUPPORTED: Final = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}


class AuthorizeError(AppError):
    """An authorization request that cannot go on.

    `redirect_uri` is where the client hears of it, None while client and redirect URI are not proven: then nothing is
    redirected and the person sees the pool's error page.
    """

    def __init__(
        self,
        error: str,
        description: str,
        *,
        client_id: str = "",
        redirect_uri: str | None = None,
        state: str | None = None,
        issuer: str = "",
    ) -> None:
        super().__init__(description)
        self.error = error
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.state = state
        self.issuer = issuer

    def location(self) -> str | None:
        """Where to redirect to, None if nowhere."""
        if self.redirect_uri is None:
            return None
        answer = [("error", self.error), ("error_description", self.message)]
        return with_query(self.redirect_uri, [*answer, *_state(self.state), ("iss", self.issuer)])


@dataclass(frozen=True)
class AuthorizeRequest:
    """A good request. `pairs` are its parameters as they came, without `continuation`; `max_age` in seconds; `hinted_sub` is
    the subject of the ID token that `id_token_hint` is: the only user whom the client wants to hear of."""

    client: ClientSnapshot
    pairs: tuple[tuple[str, str], ...]
    redirect_uri: str
    is_default_uri: bool
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str | None
    prompts: frozenset[str]
    max_age: int | None
    acr_values: tuple[str, ...]
    login_hint: str | None
    hinted_sub: str | None
    resource: str | None
    continuation: str | None

    def wants(self, sub: str) -> bool:
        """Whether the client has not hinted at somebody else."""
        return self.hinted_sub in (None, sub)

    @property
    def query(self) -> str:
        """The parameters as a query string, for `/login?` and back."""
        return urlencode(self.pairs, quote_via=quote)

    def answer(self, answer: Pairs) -> str:
        """The URL that takes `answer` to the client, with state and issuer (RFC 9207)."""
        return with_query(self.redirect_uri, [*answer, *_state(self.state), ("iss", self.client.pool.issuer)])

    def refused(self, error: str, description: str) -> AuthorizeError:
        """An error that the client hears."""
        return AuthorizeError(
            error,
            description,
            client_id=self.client.client.client_id,
            redirect_uri=self.redirect_uri,
            state=self.state,
            issuer=self.client.pool.issuer,
        )


def with_query(uri: str, parameters: Pairs) -> str:
    """A redirect URI with parameters added to the query that it may have (RFC 6749 section 3.1.2)."""
    separator = "&" if urlsplit(uri).query else "" if uri.endswith("?") else "?"
    return uri + separator + urlencode(parameters, quote_via=quote)


def check_request(work: Work, snapshot: PoolSnapshot, pairs: Pairs) -> AuthorizeRequest:
    """The request that parameters make; raises AuthorizeError. Call it outside segments."""
    if sum(len(name) + len(value) for name, value in pairs) > _MAX_CHARACTERS:
        raise AuthorizeError("invalid_request", "The request is too long.")
    # What has no value counts as omitted (RFC 6749 section 3.1).
    parameters = {name: value for name, value in pairs if value}
    client = _client(work, snapshot, pairs, parameters)
    redirect_uri = _redirect_uri(client, pairs, parameters)
    return _Check(client, redirect_uri, tuple(pairs), parameters).request()


def check_app(work: Work, snapshot: PoolSnapshot, pairs: Pairs) -> ClientSnapshot:
    """The client of parameters that are no authorize request, whose redirect URI is one of its own; raises AuthorizeError."""
    parameters = {name: value for name, value in pairs if value}
    client = _client(work, snapshot, pairs, parameters)
    if _redirect_uri(client, pairs, parameters) != parameters.get("redirect_uri"):
        raise AuthorizeError("redirect_mismatch", "redirect_uri must be given.", client_id=client.client.client_id)
    if not client.client.admits_own_users:
        raise AuthorizeError("unauthorized_client", _NO_PROVIDER, client_id=client.client.client_id)
    return client


def _client(work: Work, snapshot: PoolSnapshot, pairs: Pairs, parameters: dict[str, str]) -> ClientSnapshot:
    client_id = parameters.get("client_id", "")
    if not client_id or _is_repeated(pairs, "client_id"):
        raise AuthorizeError("invalid_request", "client_id must be given once.")
    try:
        client = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        client = None
    if client is None or client.pool.pool_id != snapshot.pool.pool_id:
        raise AuthorizeError("invalid_client", "Client does not exist.", client_id=client_id)
    return client


def _redirect_uri(client: ClientSnapshot, pairs: Pairs, parameters: dict[str, str]) -> str:
    """The proven redirect URI, as it was asked for: one of the client's callback URLs."""
    client_id = client.client.client_id
    if _is_repeated(pairs, "redirect_uri"):
        raise AuthorizeError("redirect_mismatch", "redirect_uri must be given once.", client_id=client_id)
    wanted = parameters.get("redirect_uri")
    if wanted is None and client.client.profile == "cognito":
        wanted = client.client.configuration.get("DefaultRedirectURI")
    if not wanted or not _is_registered(client.client, wanted):
        raise AuthorizeError("redirect_mismatch", "The redirect_uri is not registered.", client_id=client_id)
    return wanted


def _is_registered(client: Client, uri: str) -> bool:
    """Whether a redirect URI is equal, character by character, to a callback URL.

    To clients of profile `oidc` any port of a loopback address will do: apps of a device get theirs from the system (RFC 8252
    section 7.3, the one exception of RFC 9700 section 4.1.3). Cognito has no exception.
    """
    if uri in client.callback_urls or client.profile != "oidc":
        return uri in client.callback_urls
    wanted = _without_port(uri)
    return wanted is not None and wanted in map(_without_port, client.callback_urls)


def _without_port(uri: str) -> tuple[str, str] | None:
    """What stands before and after the port of an `http` URI on a loopback address; None for any other."""
    parts = _LOOPBACK.fullmatch(uri)
    if parts is None or int(parts["port"] or 0) > _LAST_PORT:
        return None
    return parts["before"], parts["after"]


def _is_repeated(pairs: Pairs, name: str) -> bool:
    return sum(key == name for key, _ in pairs) > 1


def _state(state: str | None) -> list[tuple[str, str]]:
    return [] if state is None else [("state", state)]


@dataclass(frozen=True)
class _Check:
    """The checks that follow once client and redirect URI are proven, in the order in which they are made."""

    client: ClientSnapshot
    redirect_uri: str
    pairs: tuple[tuple[str, str], ...]
    parameters: dict[str, str]

    def request(self) -> AuthorizeRequest:
        self._check_form()
        self._check_response_type()
        given = self.parameters.get
        return AuthorizeRequest(
            client=self.client,
            pairs=tuple(pair for pair in self.pairs if pair[0] != CONTINUATION),
            redirect_uri=self.redirect_uri,
            is_default_uri="redirect_uri" not in self.parameters,
            scope=self._scope(),
            state=given("state"),
            nonce=given("nonce"),
            code_challenge=self._code_challenge(),
            prompts=self._prompts(),
            max_age=self._max_age(),
            acr_values=tuple(dict.fromkeys((given("acr_values") or "").split())),
            login_hint=given("login_hint") or None,
            hinted_sub=self._hinted_sub(),
            resource=self._resource(),
            continuation=given(CONTINUATION),
        )

    def _refused(self, error: str, description: str) -> AuthorizeError:
        state = None if _is_repeated(self.pairs, "state") else self.parameters.get("state")
        return AuthorizeError(
            error,
            description,
            client_id=self.client.client.client_id,
            redirect_uri=self.redirect_uri,
            state=state,
            issuer=self.client.pool.issuer,
        )

    def _check_form(self) -> None:
        if len({name for name, _ in self.pairs}) != len(self.pairs):
            raise self._refused("invalid_request", "A parameter is given more than once.")
        for name, error in _UNSUPPORTED.items():
            if name in self.parameters:
                raise self._refused(error, f"The parameter {name} is not supported.")
        if self.parameters.get("response_mode", "query") != "query":
            raise self._refused("invalid_request", "Only the response_mode query is supported.")

    def _check_response_type(self) -> None:
        response_type = self.parameters.get("response_type")
        if not response_type:
            raise self._refused("invalid_request", "response_type is missing.")
        if response_type != "code":
            raise self._refused("unsupported_response_type", "Only the response_type code is supported.")
        if "code" not in self.client.client.oauth_flows:
            raise self._refused("unauthorized_client", "The client may not use the authorization code grant.")
        if not self.client.client.admits_own_users:
            raise self._refused("unauthorized_client", _NO_PROVIDER)

    def _scope(self) -> str:
        """The granted scope: what was asked for, or everything of the client's if nothing was."""
        allowed = user_scopes(self.client)
        wanted = list(dict.fromkeys(self.parameters.get("scope", "").split()))
        if not wanted:
            with_openid = "openid" in allowed
            wanted = [scope for scope in allowed if with_openid or scope not in OIDC_SCOPES]
        elif self.client.client.profile == "oidc":
            # OpenID Connect Core section 3.1.2.1: scopes that are not understood should be ignored.
            wanted = [scope for scope in wanted if scope in allowed]
        if not wanted or not allowed.keys() >= set(wanted):
            raise self._refused("invalid_scope", "The client may not have the requested scope.")
        if "openid" not in wanted and not set(OIDC_SCOPES).isdisjoint(wanted):
            raise self._refused("invalid_scope", "The scopes email, phone and profile need openid.")
        return " ".join(wanted)

    def _code_challenge(self) -> str | None:
        challenge, method = self.parameters.get("code_challenge"), self.parameters.get("code_challenge_method")
        if challenge is None and method is None:
            if self.client.client.requires_pkce:
                raise self._refused("invalid_request", "code_challenge is required (PKCE, S256).")
            return None
        if method != "S256":
            raise self._refused("invalid_request", "code_challenge_method must be S256.")
        if challenge is None or not _CHALLENGE.fullmatch(challenge):
            raise self._refused("invalid_request", "code_challenge is malformed.")
        return challenge

    def _prompts(self) -> frozenset[str]:
        """What the browser must be asked. Whether a wish for consent is granted is flows.ask_consent's to say."""
        prompts = frozenset(self.parameters.get("prompt", "").split())
        if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
            raise self._refused("invalid_request", "The value of prompt is not supported.")
        return prompts

    def _max_age(self) -> int | None:
        text = self.parameters.get("max_age")
        if not text:
            return None
        if not _MAX_AGE.fullmatch(text):
            raise self._refused("invalid_request", "max_age must be a number of seconds.")
        return int(text)

    def _hinted_sub(self) -> str | None:
        """OpenID Connect Core section 3.1.2.1: an ID token that this issuer has signed, which may have expired meanwhile."""
        hint = self.parameters.get("id_token_hint")
        if hint is None:
            return None
        try:
            return str(verify(self.client.pool_snapshot, hint, "id")["sub"])
        except InvalidTokenError:
            raise self._refused("invalid_request", "The id_token_hint is not an ID token of this pool.") from None

    def _resource(self) -> str | None:
        """RFC 8707; Cognito takes https, http on localhost, and private schemes, without a fragment."""
        text = self.parameters.get("resource")
        if not text:
            return None
        scheme, separator, _ = text.partition("://")
        is_local = text.startswith(("http://localhost:", "http://localhost/")) or text == "http://localhost"
        if not separator or "#" in text or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
            raise self._refused("invalid_target", "resource must be an absolute URI without a fragment.")
        if scheme.lower() == "http" and not is_local:
            raise self._refused("invalid_target", "resource must be an https URI.")
        return text
