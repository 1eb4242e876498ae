"""A certificate authority of the tests, and a PostgreSQL whose certificate it has signed."""

import datetime
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.postgres import Cluster, running_cluster, server_user


class Authority:
    """Signs certificates for host names."""

    def __init__(self, name: str = "tests") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        self.certificate = _sign(self._name, self._key, self._name, self._key, None)

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, host: str) -> tuple[bytes, bytes]:
        """A certificate for `host` and its key, in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _sign(_name(host), key, self._name, self._key, host)
        return made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def tls_cluster(authority: Authority, host: str = "localhost") -> Iterator[Cluster]:
    """A PostgreSQL on loopback that offers TLS with a certificate for `host`."""
    with tempfile.TemporaryDirectory(prefix="poolhouse-tls-") as name:
        folder = Path(name)
        for file, content in zip(("server.crt", "server.key"), authority.issue(host), strict=True):
            (folder / file).write_bytes(content)
            (folder / file).chmod(0o600)
        user = server_user()
        if user:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user=user, group=user)
        files = {"ssl_cert_file": str(folder / "server.crt"), "ssl_key_file": str(folder / "server.key")}
        with running_cluster({"ssl": "on", **files}) as cluster:
            yield cluster


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    host: str | None,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if host is None:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
