# SPDX-License-Identifier: MIT
"""Certificates for tests, the wrong ones too: P-256, made in memory, written as PEM."""

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


@dataclass
class Identity:
    """A certificate with its key, and the files that hold them."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    cert_file: Path
    key_file: Path

    def write(self):
        self.cert_file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(self.key.private_bytes(serialization.Encoding.PEM,
                                                         serialization.PrivateFormat.PKCS8,
                                                         serialization.NoEncryption()))
        return self


class Authority:
    def __init__(self, directory, name="test CA"):
        self.directory = Path(directory)
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._write(name, self.name, self.key,
                                (x509.BasicConstraints(ca=True, path_length=0), True))

    def server(self, name="server"):
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"),
                                             x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        return self._leaf(name, ExtendedKeyUsageOID.SERVER_AUTH, (names, False))

    def client(self, name="client", expired=False, purpose=ExtendedKeyUsageOID.CLIENT_AUTH):
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        return self._leaf(name, purpose, (names, False), last_day=-DAY if expired else DAY)

    def _leaf(self, name, purpose, *extensions, **validity):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        key = ec.generate_private_key(ec.SECP256R1())
        return self._write(name, subject, key, (x509.ExtendedKeyUsage([purpose]), False), *extensions, **validity)

    def _write(self, name, subject, key, *extensions, last_day=DAY):
        now = datetime.datetime.utcnow()
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number(),
                                          now - 2 * DAY, now + last_day)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return Identity(builder.sign(self.key, hashes.SHA256()), key,
                        self.directory / f"{name}.pem", self.directory / f"{name}.key").write()

    def credentials(self, client):
        """For grpcio."""
        return grpc.ssl_channel_credentials(self.root.cert_file.read_bytes(), client.key_file.read_bytes(),
                                            client.cert_file.read_bytes())

    def context(self, client=None, alpn=("h2",)):
        """For Python's ssl."""
        context = ssl.create_default_context(cafile=self.root.cert_file)
        if client:
            context.load_cert_chain(client.cert_file, client.key_file)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context
