"""What a TLS proxy hears on the metrics listener before it gets a certificate for a host name."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from app.db.engine import Database
from app.kit.settings import Settings
from app.web.ops.listener import MetricsListener
from tests.factories import Factory
from tests.in_process import InProcessServer

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"}


def ask(database: Database, settings: Settings, query: str) -> int:
    """The status of the answer."""
    sent: list[Any] = []
    scope = {"type": "http", "method": "GET", "path": "/served-host", "query_string": query.encode(), "headers": []}

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(MetricsListener(database, settings, "1.2.3")(scope, receive, send))
    return int(sent[0]["status"])


def test_hosts_of_pools_and_of_the_server(served: InProcessServer, make: Factory, operator: Any) -> None:
    settings = served.resources.settings
    pool_id, prefix = make.pool(), f"p{uuid4().hex[:12]}"
    custom = f"{prefix}.harbour.example"
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=prefix)
    operator.create_user_pool_domain(UserPoolId=pool_id, Domain=custom, CustomDomainConfig=CERTIFICATE)
    database = served.resources.database
    for host in (custom, custom.upper(), f"{prefix}.pools.example.net", "id.example.com"):
        assert ask(database, settings, urlencode({"domain": host})) == 200, host
    for host in (
        prefix,
        f"x{custom}",
        f"{custom}.pools.example.net",
        "pools.example.net",
        "nobody.pools.example.net",
        "evil.example",
        "10.0.0.1",
        "",
        "a b",
        "a" * 300 + ".example",
        "é.example",
        f"{custom}\0",
    ):
        assert ask(database, settings, urlencode({"domain": host})) == 404, host
    assert ask(database, settings, "") == 404
    operator.delete_user_pool_domain(UserPoolId=pool_id, Domain=custom)
    assert ask(database, settings, urlencode({"domain": custom})) == 404


def test_a_database_without_an_answer(served: InProcessServer, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert ask(database, served.resources.settings, "domain=login.harbour.example") == 503
    database.close()
