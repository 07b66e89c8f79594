"""Serves packages as a hospital's mirror does, behind a certificate of its own authority: mirror.py FOLDER HOST...

Every path that ends in the name of a file there gives that file, and one that ends in the name of a Python project
its list; CRAN's repository lies in `cran`. Requests are written to standard output, one a line. The authority's
certificate is FOLDER/ca.pem when the server is ready. On port 3128 is a proxy that leads here and nowhere else.
"""

import http.server
import pathlib
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import threading

folder, hosts = pathlib.Path(sys.argv[1]), sys.argv[2:]
files = {it.name: it for it in folder.rglob("*") if it.is_file()}


def project(name):
    return re.sub(r"[-_.]+", "-", name).lower()


projects = {}
for name in files:
    if name.endswith(".whl"):
        projects.setdefault(project(name.split("-")[0]), []).append(name)


class Mirror(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        last = self.path.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
        if last in files:
            self.answer("application/octet-stream", files[last].read_bytes())
        elif project(last) in projects:
            links = "".join(f'<a href="/files/{it}">{it}</a>\n' for it in projects[project(last)])
            self.answer("text/html", f"<!doctype html><html><body>{links}</body></html>".encode())
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def answer(self, kind, content):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        # A file under its name never changes, and clients keep it.
        self.send_header("Cache-Control", "max-age=0" if kind == "text/html" else "max-age=31536000, immutable")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def log_message(self, form, *values):
        print(form % values, flush=True)


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection(("127.0.0.1", 443)) as there:
            back = threading.Thread(target=pour, args=(there, self.request))
            back.start()
            pour(self.request, there)
            back.join()


def pour(source, target):
    while some := source.recv(65536):
        target.sendall(some)
    target.shutdown(socket.SHUT_WR)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, cwd="/tmp", stderr=subprocess.DEVNULL)


curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
usage = "keyUsage=critical,keyCertSign"
openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority of the tests", "-addext", usage)
names = ",".join(f"DNS:{it}" for it in hosts)
openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={hosts[0]}", "-addext", f"subjectAltName={names}")
signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "30"]
openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", *signing)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/cert.pem", "/tmp/key.pem")
server = http.server.ThreadingHTTPServer(("", 443), Mirror)
server.socket = context.wrap_socket(server.socket, server_side=True)
socketserver.ThreadingTCPServer.daemon_threads = True
proxy = socketserver.ThreadingTCPServer(("", 3128), Proxy)
threading.Thread(target=proxy.serve_forever, daemon=True).start()
(folder / "ca.pem.part").write_bytes(pathlib.Path("/tmp/ca.pem").read_bytes())
(folder / "ca.pem.part").rename(folder / "ca.pem")
server.serve_forever()
