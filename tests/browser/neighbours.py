"""What stands beside the site: the pages of an attacker on other origins, and the same server under another name or clock."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.flows.work import Resources
from app.main import create_app
from app.web.server import Server, bind, configure
from tests.browser.conftest import Site
from tests.tls import Authority

_WAIT_SECONDS = 10


@dataclass
class Neighbour:
    """A web server of somebody else on this machine. `pages` are its pages by path; `asked` what it was asked for."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """A URL of it by one of the names of this machine."""
        return f"{scheme}://{host}:{self.port}{path}"


@contextmanager
def neighbour(certificate: tuple[Path, Path] | None = None) -> Iterator[Neighbour]:
    """Started on a free port; with a certificate and its key under TLS."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked.append(self.path)
            body = shown.pages.get(self.path.partition("?")[0], "<h1>Elsewhere</h1>").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for cookie in shown.cookies:
                # Browsers take UTF-8 here.
                self.send_header("Set-Cookie", cookie.encode().decode("latin-1"))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the signature of http.server
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    shown = Neighbour(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield shown
    server.shutdown()
    server.server_close()


@contextmanager
def same_server(
    site: Site,
    base_url: str = "http://localhost:{port}",
    *,
    clock: Callable[[], int] | None = None,
    certificate: tuple[Path, Path] | None = None,
) -> Iterator[Resources]:
    """The site's server once more, with the same database, elsewhere: at `base_url` with a free port, or at another time."""
    listener = bind("127.0.0.1", 0)
    settings = site.resources.settings.model_copy(update={"base_url": base_url.format(port=listener.getsockname()[1])})
    resources = replace(site.resources, settings=settings, clock=clock or site.resources.clock)
    config = configure(create_app(resources), shutdown_seconds=2, has_lifespan=False)
    if certificate:
        config.ssl_certfile, config.ssl_keyfile = (str(path) for path in certificate)
    server = Server(config)
    serving = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
    serving.start()
    yield resources
    server.should_exit = True
    serving.join(_WAIT_SECONDS)


def certificate_for(folder: Path, authority: Authority, host: str) -> tuple[Path, Path]:
    """Files of a certificate and its key."""
    paths = folder / f"{host}.crt", folder / f"{host}.key"
    for path, content in zip(paths, authority.issue(host), strict=True):
        path.write_bytes(content)
    return paths
