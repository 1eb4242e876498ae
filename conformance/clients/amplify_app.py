"""The app of the folder amplify/, as its maker deploys one: built by Vite, served as files, on an origin of its own."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

HERE = Path(__file__).parent
BUILD_SECONDS = 120
# Calls a function of aws-amplify/auth; what it throws comes back as data, since tests expect refusals.
_CALL = """async ([name, argument]) => {
    try {
        return { value: (await auth[name](argument ?? undefined)) ?? null };
    } catch (error) {
        return { refused: { name: error.name, message: error.message } };
    }
}"""


class AmplifyError(Exception):
    """A refusal as Amplify told it: `name` is the AWS code."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


@dataclass(frozen=True, slots=True)
class AmplifyApp:
    """A page of the app."""

    page: Page

    def __call__(self, function: str, **argument: Any) -> Any:
        """Calls a function of aws-amplify/auth with an object of these members, or with none; raises AmplifyError."""
        told = self.page.evaluate(_CALL, [function, argument or None])
        if "refused" in told:
            raise AmplifyError(**told["refused"])
        return told["value"]

    def exports(self) -> set[str]:
        """The names of all functions of aws-amplify/auth."""
        return set(self.page.evaluate("Object.keys(auth).filter((name) => typeof auth[name] === 'function')"))

    def claims(self, *, refreshed: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
        """The claims of the ID and the access token, of new ones if asked for."""
        tokens = self("fetchAuthSession", forceRefresh=refreshed)["tokens"]
        return tokens["idToken"]["payload"], tokens["accessToken"]["payload"]


@dataclass(frozen=True, slots=True)
class AmplifySite:
    """The built app on its origin."""

    origin: str
    endpoint: str

    def open(self, page: Page, pool_id: str, client_id: str, *, login: str = "") -> AmplifyApp:
        """Opens the app in `page` for this pool, with the <Authenticator> where `login` says by what people are known."""
        config = {"userPoolId": pool_id, "userPoolClientId": client_id, "userPoolEndpoint": self.endpoint}
        page.goto(f"{self.origin}/?{urlencode({**config, **({'login': login} if login else {})})}")
        return AmplifyApp(page)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing: a run's output is the tests'."""


@contextmanager
def amplify_site(folder: Path, endpoint: str) -> Iterator[AmplifySite]:
    """Builds the app into `folder` and serves it; `endpoint` is what the app is told as userPoolEndpoint."""
    vite = HERE / "node_modules" / "vite" / "bin" / "vite.js"
    assert vite.exists(), "the npm clients are missing: make clients"
    command = ["node", str(vite), "build", "amplify", "--outDir", str(folder), "--emptyOutDir"]
    built = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert built.returncode == 0, built.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    # Passkeys know names, not addresses.
    yield AmplifySite(f"http://localhost:{server.server_port}", endpoint)
    server.shutdown()
    server.server_close()
    thread.join()
