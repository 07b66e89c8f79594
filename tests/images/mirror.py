"""Serves packages as a hospital's mirror does, behind a certificate of its own authority: mirror.py FOLDER HOST...

Every path that ends in the name of a file there gives that file, and one that ends in the name of a Python project
its list; CRAN's repository lies in `cran`, and `registry` holds an image, which stands for every one that is asked for.
Requests are written to standard output, one a line. The authority's certificate is FOLDER/ca.pem when the server is
ready. On port 3128 is a proxy that leads here and nowhere else, and on port 53 a name server that knows these hosts and
no others, and writes down who is looked for.
"""

import http.server
import json
import pathlib
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.parse

folder, hosts = pathlib.Path(sys.argv[1]), sys.argv[2:]


def all_files():
    return {it.name: it for it in folder.rglob("*") if it.is_file()}


def wheels_of(project, files):
    return [it for it in files if it.endswith(".whl") and normal(it.split("-")[0]) == project]


def normal(project):
    return re.sub(r"[-_.]+", "-", project).lower()


class Mirror(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        last = urllib.parse.unquote(self.path.split("?")[0]).rstrip("/").rsplit("/", 1)[-1].removeprefix("sha256:")
        files = all_files()
        wheels = wheels_of(normal(last), files)
        if self.path.startswith("/v2/"):
            self.of_registry(last, files)
        elif last in files:
            self.answer("application/octet-stream", files[last].read_bytes())
        elif wheels:
            links = "".join(f'<a href="/files/{it}">{it}</a>\n' for it in wheels)
            self.answer("text/html", f"<!doctype html><html><body>{links}</body></html>".encode())
        else:
            self.send_error(404)

    do_HEAD = do_GET

    def of_registry(self, last, files):
        image = json.loads((folder / "registry/index.json").read_text())["manifests"][0]
        if last not in files:
            last = image["digest"].removeprefix("sha256:")
        is_image = image["digest"].endswith(last)
        kind = image["mediaType"] if is_image else "application/octet-stream"
        self.answer(kind, files[last].read_bytes(), "sha256:" + last)

    def answer(self, kind, content, digest=None):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if digest:
            self.send_header("Docker-Content-Digest", digest)
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


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        question, back = self.request
        at, labels = 12, []
        while length := question[at]:
            labels.append(question[at + 1 : at + 1 + length].decode())
            at += 1 + length
        name, kind = ".".join(labels), int.from_bytes(question[at + 1 : at + 3])
        print(f"name {name}", flush=True)
        is_here, has_answer = name in hosts, name in hosts and kind == 1
        flags = b"\x85\x80" if is_here else b"\x85\x83"
        head = question[:2] + flags + b"\0\1" + (b"\0\1" if has_answer else b"\0\0") + b"\0\0\0\0"
        here = socket.inet_aton(socket.gethostbyname(socket.gethostname()))
        record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + here if has_answer else b""
        back.sendto(head + question[12 : at + 5] + record, self.client_address)


def pour(source, target):
    while some := source.recv(65536):
        target.sendall(some)
    target.shutdown(socket.SHUT_WR)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, cwd="/tmp", stderr=subprocess.DEVNULL)


curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"]
usage = "keyUsage=critical,keyCertSign"
openssl("req", "-x509", "-days", "9999", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority of the tests", "-addext", usage)
certified = ",".join(f"DNS:{it}" for it in hosts)
openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={hosts[0]}", "-addext", f"subjectAltName={certified}")
signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "9999"]
openssl("x509", "-req", "-in", "request.pem", "-out", "cert.pem", *signing)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tmp/cert.pem", "/tmp/key.pem")
server = http.server.ThreadingHTTPServer(("", 443), Mirror)
server.socket = context.wrap_socket(server.socket, server_side=True)
socketserver.ThreadingTCPServer.daemon_threads = True
proxy = socketserver.ThreadingTCPServer(("", 3128), Proxy)
threading.Thread(target=proxy.serve_forever, daemon=True).start()
names = socketserver.ThreadingUDPServer(("", 53), Names)
threading.Thread(target=names.serve_forever, daemon=True).start()
(folder / "ca.pem.part").write_bytes(pathlib.Path("/tmp/ca.pem").read_bytes())
(folder / "ca.pem.part").rename(folder / "ca.pem")
server.serve_forever()
