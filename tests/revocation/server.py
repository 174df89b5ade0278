"""A server on loopback that answers as each test wants, and remembers what it was asked."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager


class Server:
    """Paths and what they answer: (status, head, body), or a function of the handler."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, object] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.at: list[float] = []

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.asked]


@contextmanager
def serving():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            server.at.append(time.monotonic())
            server.asked.append(
                (self.command, self.path, dict(self.headers), self.rfile.read(length))
            )
            answer = server.answers.get(self.path, (404, {}, b"no"))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
            if isinstance(answer, Callable):
                answer(self)
                return
            status, head, body = answer
            self.send_response(status)
            for name, value in head.items():
                self.send_header(name, value)
            if "Content-Length" not in head:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        server = Server(httpd.server_address[1])
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            httpd.shutdown()
            thread.join()
