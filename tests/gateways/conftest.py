"""Mail servers with and without TLS, and their certificate."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.gateways.mail_servers import Sink, StartedServer, authenticate, running
from tests.tls import Authority


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, and that of its authority, in one file."""
    authority = Authority()
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(b"".join(authority.issue("localhost")) + authority.pem)
    return path


@pytest.fixture(params=["starttls", "implicit"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[StartedServer]:
    """A server that wants TLS and a password, both ways of doing TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    secured: dict[str, Any] = (
        {"tls_context": context, "require_starttls": True}
        if request.param == "starttls"
        else {"ssl_context": context, "auth_require_tls": False}
    )
    controller = Controller(
        Sink(), hostname="localhost", port=0, auth_required=True, authenticator=authenticate, **secured
    )
    with running(controller, "smtp" if request.param == "starttls" else "smtps", f"?cafile={certificate}") as started:
        yield started


@pytest.fixture
def plain_server() -> Iterator[StartedServer]:
    """A server on this machine without TLS and passwords."""
    with running(Controller(Sink(), hostname="localhost", port=0), "smtp", "") as started:
        yield started
