#!/bin/sh
# The contract of PostgreSQL's image, as far as it is documented and needed: a new folder is made into a database with the
# user, password and database of the environment, each given as a value or as a file; then the server runs.
set -eu
if [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
if [ "$1" != postgres ]; then exec "$@"; fi
if [ "$(id -u)" = 0 ]; then
    install -d -o postgres -g postgres -m 0700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
value() { # value NAME DEFAULT
    eval "file=\${${1}_FILE:-} plain=\${$1:-$2}"
    if [ -n "$file" ]; then cat "$file"; else printf '%s' "$plain"; fi
}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA" && chmod 0700 "$PGDATA"
    user=$(value POSTGRES_USER postgres)
    database=$(value POSTGRES_DB "$user")
    password=$(value POSTGRES_PASSWORD '')
    # Any user may run it, also one that the image does not know.
    if ! getent passwd "$(id -u)" >/dev/null; then
        NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group
        LD_PRELOAD=$(find /usr/lib -name libnss_wrapper.so | head -n 1)
        printf 'postgres:x:%s:%s::/tmp:/bin/false\n' "$(id -u)" "$(id -g)" > "$NSS_WRAPPER_PASSWD"
        printf 'postgres:x:%s:\n' "$(id -g)" > "$NSS_WRAPPER_GROUP"
        export LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    fi
    [ -n "$password" ] || { echo 'error: no password is given for the superuser' >&2; exit 1; }
    printf '%s\n' "$password" > /tmp/password
    # shellcheck disable=SC2086
    initdb --pgdata="$PGDATA" --username="$user" --pwfile=/tmp/password ${POSTGRES_INITDB_ARGS:-}
    rm /tmp/password
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    # Only its own socket: nobody is to find a server that is not ready.
    PGPASSWORD=$password
    export PGPASSWORD
    pg_ctl --pgdata="$PGDATA" --wait --options="-c listen_addresses='' -k /tmp" start
    if [ "$database" != postgres ]; then
        createdb --host=/tmp --username="$user" "$database"
    fi
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
    unset PGPASSWORD LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
fi
exec "$@"
