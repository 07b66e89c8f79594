#!/usr/bin/env python3
"""Listens on the ports of the gateway, answers /ready, and ends when it is told to."""

import os
import signal
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/ready", "/metrics") else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
if sys.argv[0].endswith("start"):
    for port in (8080, 9090):
        threading.Thread(target=ThreadingHTTPServer(("", port), Ready).serve_forever, daemon=True).start()
    threading.Thread(
        target=socketserver.ThreadingTCPServer(("", 11112), socketserver.StreamRequestHandler).serve_forever, daemon=True
    ).start()
signal.pause()
