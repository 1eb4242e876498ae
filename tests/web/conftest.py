"""An app that people sign in to."""

import pytest

from tests.factories import Factory
from tests.oauth.relying_party import CODE_CLIENT
from tests.pages.browsing import CALLBACK, App


@pytest.fixture
def app(make: Factory) -> App:
    """An app client for the code grant in a pool of its own."""
    pool_id = make.pool()
    options = {**CODE_CLIENT, "CallbackURLs": [CALLBACK], "AllowedOAuthScopes": ["openid", "email"]}
    return App(pool_id, make.client(pool_id, **options)["ClientId"])
