# SPDX-License-Identifier: MIT
"""Certificates for tests, the wrong ones too: made with scripts/certs, as an operator makes them."""

import ssl
import subprocess
from pathlib import Path
from typing import NamedTuple

import grpc

from proto import ROOT


class Identity(NamedTuple):
    cert_file: Path
    key_file: Path

    @property
    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.cert_file.read_text())


class Authority:
    """Another directory is another authority."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.root_cert = self.directory / "ca.pem"
        self.server = self._identity("server")
        self._certs()

    def renew_server(self):
        """Into the same files."""
        for file in self.server:
            file.unlink()
        self._certs()

    def client(self, name="client", days=1):
        self._certs("agent", name, days=days)
        return self._identity(name)

    def _certs(self, *what, days=1):
        subprocess.run([ROOT / "scripts/certs", f"--days={days}", self.directory, *what], check=True,
                       stdout=subprocess.DEVNULL)

    def _identity(self, name):
        return Identity(self.directory / f"{name}.pem", self.directory / f"{name}.key")

    def credentials(self, client):
        """For grpcio."""
        return grpc.ssl_channel_credentials(self.root_cert.read_bytes(), client.key_file.read_bytes(),
                                            client.cert_file.read_bytes())

    def context(self, client=None, alpn=("h2",)):
        """For Python's ssl."""
        context = ssl.create_default_context(cafile=self.root_cert)
        if client:
            context.load_cert_chain(client.cert_file, client.key_file)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context
