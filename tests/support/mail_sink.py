"""A mail server that keeps what it is handed; it can be told to refuse."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailSink(socketserver.ThreadingTCPServer):
    """`refusals` are the answers to the next recipients, such as "451 Later"; then all are taken.

    It may hang up once it has the text, without a word about whether it keeps it; it does.
    """

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.messages: list[EmailMessage] = []
        self.refusals: list[str] = []
        self.hangs_up_after_text = False
        self.good_bye = "221 Bye"

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        self._say("220 sink")
        for line in self.rfile:
            word = line.split(None, 1)[0].upper() if line.strip() else b""
            if word == b"RCPT" and self.server.refusals:
                self._say(self.server.refusals.pop(0))
            elif word == b"DATA":
                self._say("354 Go on")
                self._keep()
                if self.server.hangs_up_after_text:
                    return
                self._say("250 Kept")
            elif word == b"QUIT":
                self._say(self.server.good_bye)
                return
            else:
                self._say("250 OK")

    def _keep(self) -> None:
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.messages.append(message_from_bytes(b"".join(lines), policy=policy.default))

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    with MailSink() as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
