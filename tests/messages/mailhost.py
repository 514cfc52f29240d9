"""A mail server on this machine, for one message at a time: what it was told, it keeps."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path


class MailHost:
    """Listens on a free port. ``answers`` says what it answers to a command instead of yes."""

    def __init__(self, *, certificate: Path | None = None, **answers: str) -> None:
        self.answers = answers
        self.certificate = certificate
        self.told: list[str] = []
        self.mails: list[str] = []
        self._is_over = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self._door.settimeout(0.1)
        self.port = self._door.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self) -> "MailHost":
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._thread.join()
        self._door.close()

    def _serve(self) -> None:
        while not self._is_over:
            try:
                line, _ = self._door.accept()
            except TimeoutError:
                continue
            with suppress(OSError), line:
                self._talk(line)

    def _talk(self, line: socket.socket) -> None:
        line.sendall(b"220 here\r\n")
        if not self._converse(line):
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.certificate))
        with context.wrap_socket(line, server_side=True) as hidden:
            self._converse(hidden)

    def _converse(self, line: socket.socket) -> bool:
        """Answer until the other side goes; whether the rest is to be private."""
        with line.makefile("rb", buffering=0) as heard:
            while command := heard.readline().decode().strip():
                word = command.split(" ")[0].split(":")[0].upper()
                self.told.append(word)
                answer = self.answers.get(word, self._answer(word))
                line.sendall(answer.replace("\n", "\r\n").encode() + b"\r\n")
                if word in ("STARTTLS", "QUIT"):
                    return word == "STARTTLS" and answer.startswith("220")
                if word == "DATA" and answer.startswith("354"):
                    self.mails.append(b"".join(iter(heard.readline, b".\r\n")).decode())
                    line.sendall(self.answers.get("END", "250 taken").encode() + b"\r\n")
        return False

    def _answer(self, word: str) -> str:
        offers = ["AUTH PLAIN", "8BITMIME"] + (["STARTTLS"] if self.certificate else [])
        known = {
            "EHLO": "\n".join(["250-here", *(f"250-{one}" for one in offers), "250 HELP"]),
            "STARTTLS": "220 go on",
            "AUTH": "235 come in",
            "DATA": "354 tell me",
            "QUIT": "221 goodbye",
        }
        return known.get(word, "250 yes")
