# SPDX-License-Identifier: MIT
"""A stand-in for a mail server on loopback (RFC 5321): takes mail, refuses it, or drops the line, as it is told."""

import base64
import email
import email.policy
import socketserver
import ssl
from dataclasses import dataclass

from journal import Journal
from standin import StandIn


@dataclass
class Mail:
    sender: str
    recipients: list
    message: email.message.EmailMessage
    encrypted: bool
    user: str  # "": no login

    @property
    def text(self):
        return self.message.get_content().replace("\r\n", "\n")


class Smtp(StandIn):
    """Use as a context manager. `replies` overrules answers: {"RCPT": "550 no such user"}; "" hangs up."""

    def __init__(self, certificate=None, accounts=None, implicit=False):
        super().__init__(self._handler(), socketserver.ThreadingTCPServer)
        self.mails = Journal("the mailbox")
        self.replies = {}
        self.commands = Journal("the mail server")
        self.silent_at = None  # the command ("." is the end of a message) that is never answered
        self.accounts = accounts or {}
        self.context = None
        self.implicit = implicit  # TLS from the first byte, as of smtps
        if certificate:  # (chain, key): STARTTLS is offered
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)

    @property
    def url(self):
        return f"smtp{'s' * self.implicit}://127.0.0.1:{self.port}"

    def answers_not(self, command):
        self.commands.add(command)
        if command == self.silent_at:
            self.closing.wait()
        return command == self.silent_at

    def _handler(self):
        smtp = self

        class Handler(socketserver.StreamRequestHandler):
            encrypted, user = False, ""

            def reply(self, line):
                self.wfile.write(line.encode() + b"\r\n")
                self.wfile.flush()

            def handle(self):
                sender, recipients = None, []
                try:
                    if smtp.implicit:
                        self.encrypt()
                except (ssl.SSLError, OSError):
                    return
                self.reply("220 stand-in")
                while line := self.rfile.readline():
                    command, _, rest = line.decode().strip().partition(" ")
                    command = command.upper()
                    if smtp.answers_not(command):
                        return
                    if command in smtp.replies:
                        if not smtp.replies[command]:
                            return
                        self.reply(smtp.replies[command])
                    elif command == "EHLO":
                        self.greet()
                    elif command == "STARTTLS":
                        self.reply("220 go ahead")
                        try:
                            self.encrypt()
                        except (ssl.SSLError, OSError):
                            return
                    elif command == "AUTH":
                        self.log_in(rest)
                    elif command == "MAIL":
                        sender, recipients = rest.split("<")[1].split(">")[0], []
                        self.reply("250 ok")
                    elif command == "RCPT":
                        recipients.append(rest.split("<")[1].split(">")[0])
                        self.reply("250 ok")
                    elif command == "DATA":
                        self.take(sender, recipients)
                    elif command == "QUIT":
                        self.reply("221 bye")
                        return
                    else:
                        self.reply("250 ok" if command in ("NOOP", "RSET") else "502 not here")

            def greet(self):
                offers = ["stand-in"]
                if smtp.context and not self.encrypted:
                    offers.append("STARTTLS")
                if smtp.accounts:
                    offers.append("AUTH PLAIN")
                for offer in offers[:-1]:
                    self.reply("250-" + offer)
                self.reply("250 " + offers[-1])

            def encrypt(self):
                self.connection = smtp.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
                self.encrypted = True

            def log_in(self, rest):
                answer = rest.split(" ")[1:]
                if not answer:
                    self.reply("334 ")
                    answer = [self.rfile.readline().decode().strip()]
                _, user, password = base64.b64decode(answer[0]).decode().split("\0")
                if smtp.accounts.get(user) != password:
                    self.reply("535 wrong")
                    return
                self.user = user
                self.reply("235 welcome")

            def take(self, sender, recipients):
                self.reply("354 go ahead")
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    assert line.endswith(b"\r\n") and len(line) <= 1000
                    lines.append(line[1:] if line.startswith(b".") else line)
                if smtp.answers_not("."):
                    return
                if "." in smtp.replies:
                    if smtp.replies["."]:
                        self.reply(smtp.replies["."])
                    return
                message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                smtp.mails.add(Mail(sender, recipients, message, self.encrypted, self.user))
                self.reply("250 taken")

        return Handler
