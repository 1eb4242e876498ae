"""Apps whose users sign in on the hosted pages, and browsers to do it with."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.factories import Factory
from tests.in_process import InProcessServer
from tests.pages.browsing import CALLBACK, App, Visitor

AppMaker = Callable[..., App]


@pytest.fixture
def make_app(make: Factory) -> AppMaker:
    """Makes an app client for the code grant, in a new pool unless `pool_id` names one. It offers all that the pool lets
    people begin with, unless `flows` says less."""

    def made(
        pool_id: str | None = None,
        redirect_uri: str = CALLBACK,
        flows: tuple[str, ...] = ("ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
        **options: Any,
    ) -> App:
        options.setdefault("PoolName", "Harbour")
        options.setdefault("AutoVerifiedAttributes", ["email"])
        pool = pool_id or make.pool(**options)
        client = make.client(
            pool,
            ClientName="Boats",
            CallbackURLs=[redirect_uri],
            LogoutURLs=["https://app.example/bye"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=["openid", "email", "profile"],
            SupportedIdentityProviders=["COGNITO"],
            ExplicitAuthFlows=list(flows),
        )
        return App(pool, client["ClientId"], redirect_uri)

    return made


@pytest.fixture
def app(make_app: AppMaker) -> App:
    """An app of a pool with usernames, whose e-mail addresses are verified."""
    return make_app()


@pytest.fixture
def email_app(make_app: AppMaker) -> App:
    """An app of a pool whose usernames are e-mail addresses."""
    return make_app(UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})


@pytest.fixture
def visitor(http: httpx.Client) -> Visitor:
    """A browser."""
    return Visitor(http)


@pytest.fixture
def other_visitor(server: InProcessServer) -> Iterator[Visitor]:
    """Another browser."""
    with server.http_client() as client:
        yield Visitor(client)
