"""The address is pinned, yet the name is what the certificate has to prove."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from engine.domain.errors import StepFailed
from engine.steps import _http
from engine.steps.http_request import HttpRequest
from tests.steps.servers import raw_server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for shop.example, and the contexts that serve and trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.example")])
    today = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("shop.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "shop.pem"
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(path)
    return serving, ssl.create_default_context(cafile=path)


@pytest.fixture
def fetch(certificate, make_context, monkeypatch):
    """Ask a TLS server on loopback for `url`, whose host resolves there."""
    serving, trusting = certificate
    monkeypatch.setattr(_http, "_certificates", lambda: trusting)
    heard = []
    serving.sni_callback = lambda _socket, name, _context: heard.append(name)

    def talk(connection, _over):
        with serving.wrap_socket(connection, server_side=True) as secured:
            heard.append(secured.recv(65_536).decode())
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    def run(host):
        with raw_server(talk, greet_first=True) as place:
            step = HttpRequest(resolve=lambda *_: ["127.0.0.1"])
            url = f"https://{host}:{place.partition(':')[2]}/"
            step.run(make_context(allowed=(place,)), step.prepare({"url": url}, {}))
        return heard

    return run


def test_name_and_host_stay_what_the_address_says(fetch):
    server_name, request = fetch("shop.example")
    assert server_name == "shop.example"
    assert "host: shop.example:" in request.lower()


def test_a_certificate_for_another_name_is_refused(fetch):
    with pytest.raises(StepFailed) as caught:
        fetch("bank.example")
    assert caught.value.error_code == "net.tls"
    assert "bank.example" in caught.value.message
