"""A server on this machine that can lie, stop in the middle and die."""

import contextlib
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LIES = {"short": 1, "long": 4}
"""Twice what an answer says of its length, in lengths of its body."""


class Server:
    """Files by path on a loopback port; what is in `broken` misbehaves, and after `lives` answers nothing works.

    `starts` are the bytes at which answers began; `ranges` off: every answer begins at 0. `closing` ends what would
    never end by itself.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.broken: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.lives = 10**6
        self.ranges = True
        self.starts: list[int] = []
        self.closing = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/base/")
                server.asked[path] += 1
                server.lives -= 1
                fault = "dead" if server.lives < 0 else server.broken.get(path)
                if fault == "once":
                    del server.broken[path]
                    fault = "dead"
                if fault == "dead":
                    self.close_connection = True
                    return
                if fault == "silent":
                    server.closing.wait(60)
                    return
                if path not in server.files or fault == "404":
                    self.send_error(404)
                    return
                body = server.files[path]
                start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
                if start >= len(body):
                    self.send_error(416)
                    return
                ranged = start > 0 and server.ranges
                server.starts.append(start if ranged else 0)
                body = body[start:] if ranged else body
                self.send_response(206 if ranged else 200)
                if fault != "endless":
                    self.send_header("Content-Length", str(len(body) * LIES.get(fault or "", 2) // 2))
                self.end_headers()
                if fault in ("endless", "trickle"):
                    with contextlib.suppress(ConnectionError):
                        while not server.closing.wait(0.01 if fault == "trickle" else 0):
                            self.wfile.write(b"x" if fault == "trickle" else body)
                    return
                self.wfile.write(body[: len(body) // 2] if fault == "cut" else body[::-1] if fault == "other" else body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/base/"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
