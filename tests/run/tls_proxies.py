"""Starts nginx and Caddy from the files in deploy/, with only addresses and paths replaced, and stops them by their ids."""

import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port
from tests.run.processes import ROOT
from tests.tls import Authority

DEPLOY = ROOT / "deploy"
CERTIFICATES = {
    "id.example.com": "id.example.com",
    "pools.example.net": "*.pools.example.net",
    "login.example.org": "login.example.org",
}
# Debian's /etc/nginx/nginx.conf as far as it matters, compression too, and folders that this user may write to.
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    include {folder}/site.conf;
}}
"""


@dataclass(frozen=True)
class TlsProxy:
    """A started proxy: its ports, its log of requests, and what its certificates are checked by."""

    name: str
    http_port: int
    https_port: int
    folder: Path
    authority: ssl.SSLContext

    @property
    def log(self) -> str:
        return (self.folder / "poolhouse.log").read_text(encoding="utf-8")

    def client(self, **options: Any) -> httpx.Client:
        """A browser on 127.0.0.2, for which every host name leads to the proxy."""
        return httpx.Client(transport=_ToProxy(self), **options)


class _ToProxy(httpx.BaseTransport):
    """Leads every host to the proxy, each over connections of its own, as browsers do where certificates differ."""

    def __init__(self, proxy: TlsProxy) -> None:
        self._proxy = proxy
        self._ports = {"http": proxy.http_port, "https": proxy.https_port}
        self._to: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if host not in self._to:
            self._to[host] = httpx.HTTPTransport(verify=self._proxy.authority, local_address="127.0.0.2")
        url = request.url.copy_with(host="127.0.0.1", port=self._ports[request.url.scheme])
        extensions = {**request.extensions, "sni_hostname": host}
        sent = httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)
        return self._to[host].handle_request(sent)

    def close(self) -> None:
        for transport in self._to.values():
            transport.close()


@contextmanager
def started_nginx(folder: Path, server_port: int) -> Iterator[TlsProxy]:
    """A started nginx before a server on `server_port`."""
    authority, ports = Authority(), (free_port(), free_port())
    for name, host in CERTIFICATES.items():
        for suffix, content in zip((".pem", ".key"), authority.issue(host), strict=True):
            (folder / (name + suffix)).write_bytes(content)
    replaced = {
        "listen 80": f"listen 127.0.0.1:{ports[0]}",
        "listen 443": f"listen 127.0.0.1:{ports[1]}",
        "127.0.0.1:9229": f"127.0.0.1:{server_port}",
        "/etc/ssl/poolhouse/": f"{folder}/",
        "/etc/nginx/snippets/poolhouse.conf": f"{folder}/snippet.conf",
        "/var/log/nginx/": f"{folder}/",
        "/var/www/acme": f"{folder}/acme",
    }
    site = re.sub(r"\n *listen \[::\].*", "", _replace(DEPLOY / "nginx.conf", replaced))
    (folder / "site.conf").write_text(site, encoding="utf-8")
    (folder / "snippet.conf").write_text(_replace(DEPLOY / "nginx-snippet.conf", replaced), encoding="utf-8")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder), encoding="utf-8")
    context = ssl.create_default_context(cadata=authority.pem.decode())
    command = ["/usr/sbin/nginx", "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with _running(command, folder, ports):
        yield TlsProxy("nginx", *ports, folder, context)


@contextmanager
def started_caddy(folder: Path, server_port: int, metrics_port: int) -> Iterator[TlsProxy]:
    """A started Caddy before a server; its certificates are signed by an authority of its own that it has just made."""
    ports = free_port(), free_port()
    options = [
        *("admin off", "local_certs", "skip_install_trust", "default_bind 127.0.0.1"),
        *(f"http_port {ports[0]}", f"https_port {ports[1]}", f"storage file_system {folder}/storage"),
    ]
    replaced = {
        "\n{\n": "\n{\n" + "".join(f"\t{option}\n" for option in options),
        "127.0.0.1:9229": f"127.0.0.1:{server_port}",
        "127.0.0.1:9230": f"127.0.0.1:{metrics_port}",
    }
    (folder / "Caddyfile").write_text(_replace(DEPLOY / "Caddyfile", replaced), encoding="utf-8")
    root = folder / "storage/pki/authorities/local/root.crt"
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, folder, ports):
        yield TlsProxy("caddy", *ports, folder, ssl.create_default_context(cafile=str(root)))


def _replace(file: Path, replaced: dict[str, str]) -> str:
    text = file.read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: list[str], folder: Path, ports: tuple[int, int]) -> Iterator[None]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    log_file = folder / "output.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not all(_listens(port) for port in ports):
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{command[0]} did not start:\n{log_file.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}", timeout=2)
    except httpx.ConnectError:
        return False
    except httpx.TransportError:
        return True
    return True
