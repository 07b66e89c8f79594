//! What the compiler itself brings in: images, which `mlopsc images` lists with all others for mirroring, and the
//! Python that asks after health.

/// A shell and `find`: for pods that purge old files or wait for others, and for what prepares volumes of Compose.
pub const BUSYBOX: &str = "docker.io/library/busybox:1.37.0-musl";

/// The installer of uv projects, copied from while an image is built and not part of it.
pub const UV: &str = "ghcr.io/astral-sh/uv:0.13.8";

/// Asks an address, the argument, and fails unless it answers with success, whatever proxy the environment names.
pub const ASK_HTTP: &str =
    "import sys, urllib.request as r; r.build_opener(r.ProxyHandler({})).open(sys.argv[1], timeout=4)";

/// Fails unless the port of this machine that the argument names takes a connection.
pub const ASK_TCP: &str = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 4)";
