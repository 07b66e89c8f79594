#!/usr/bin/env bash
# Run the whole chain on made-up series in a temporary folder, with a PostgreSQL of its own, and check what comes out.
#
#   PYTHON=/path/to/venv/bin/python ./run_local.sh
#
# PYTHON (python3 otherwise) must have the packages of requirements.lock, and PostgreSQL's `initdb` must be on the PATH
# or where `pg_config --bindir` says. PostgreSQL refuses to run as root, so run this as somebody else. Every program
# gets only the environment that Compose and Kubernetes would give it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
[ "$(id -u)" != 0 ] || { echo 'error: PostgreSQL does not run as root' >&2; exit 2; }
command -v initdb >/dev/null || PATH=$PATH:$(pg_config --bindir)
work=$(mktemp -d)
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  pg_ctl -D "$work/index" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
start() { # start VARIABLE=value … -- program: takes the place of the shell, so that a signal reaches the program
  local variables=()
  while [ "$1" != -- ]; do variables+=("$1"); shift; done
  shift
  exec env -i PATH="$PATH" HOME=/tmp PYTHONDONTWRITEBYTECODE=1 "${variables[@]}" "$@"
}
run() { (start "$@"); }
refuses() { # refuses CODE VARIABLE=value … -- program
  local code=$1 got=0
  shift
  run "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$code" ] || fail "exit code $got instead of $code: $*"
  [ "$(wc -l <"$work/err")" = 1 ] || fail "not one line on stderr: $*"
  cat "$work/err"
}
free_port() {
  "$python" -c 'import socket; it = socket.socket(); it.bind(("127.0.0.1", 0)); print(it.getsockname()[1])'
}
program() { printf '%s/src/ct_segmentation/%s.py' "$here" "$1"; }

cd "$work"
mkdir scans volumes masks reports secret
printf 'segmenter\n' >secret/username
printf 'made up for this run, %s\n' "$$" >secret/password

say 'PostgreSQL'
database_port=$(free_port)
initdb -D index -U segmenter --pwfile=secret/password --auth=scram-sha-256 >initdb.log || fail "$(cat initdb.log)"
serve_database() {
  pg_ctl -D index -w -l postgres.log -o "-p $database_port -c listen_addresses=127.0.0.1 -k $work" start >/dev/null
}
serve_database
PGPASSWORD=$(cat secret/password) psql -q -h 127.0.0.1 -p "$database_port" -U segmenter postgres -c 'create database ct'
database=(
  DATABASE_HOST=127.0.0.1
  CONFIG_DATABASE_NAME=ct "CONFIG_DATABASE_PORT=$database_port" CONFIG_DATABASE_CONNECT_SECONDS=5
  "SECRET_DATABASE_USERNAME_FILE=$work/secret/username" "SECRET_DATABASE_PASSWORD_FILE=$work/secret/password"
)
ingest=("${database[@]}" "DATA_SCANS=$work/scans" "DATA_VOLUMES=$work/volumes")
segment=(
  "${database[@]}" "DATA_VOLUMES=$work/volumes" "DATA_MASKS=$work/masks"
  CONFIG_SEGMENT_LUNG_BELOW=-320 CONFIG_SEGMENT_BONE_ABOVE=250 CONFIG_SEGMENT_SMALLEST_ML=20
)

say 'serve, before there are tables'
port=$(free_port)
start "${database[@]}" "PORT=$port" -- "$python" "$(program results)" & server=$!
ask() { curl --silent --max-time 10 "$@"; }
status() { ask -o "$work/out" -w '%{http_code}' "http://127.0.0.1:$port$1"; }
for _ in $(seq 100); do
  if ask "http://127.0.0.1:$port/healthz"; then break; fi
  sleep 0.1
done
echo
[ "$(status /readyz)" = 503 ] || fail 'ready without tables'
refuses 1 "${ingest[@]}" CONFIG_INGEST_SETTLE_SECONDS=0 -- "$python" "$(program ingest)"

say 'migrate, twice and at once'
run "${database[@]}" -- "$python" "$(program migrate)" & first=$!
run "${database[@]}" -- "$python" "$(program migrate)"
wait "$first"
[ "$(status /readyz)" = 200 ] || fail 'not ready'

say 'ingest'
"$python" "$here/make_synthetic.py" scans --truth truth.json
run "${ingest[@]}" CONFIG_INGEST_SETTLE_SECONDS=3600 -- "$python" "$(program ingest)" | tee out
grep -qx 'waiting=8' out || fail 'series were taken before they were complete'
run "${ingest[@]}" CONFIG_INGEST_SETTLE_SECONDS=0 -- "$python" "$(program ingest)" | tee out
grep -qx 'ingested=6 rejected=2' out || fail 'other series were taken'
run "${ingest[@]}" CONFIG_INGEST_SETTLE_SECONDS=0 -- "$python" "$(program ingest)" | tee out
grep -qx 'known=8' out || fail 'series were taken twice'

say 'segment, two at once'
run "${segment[@]}" -- "$python" "$(program segment)" >first & first=$!
run "${segment[@]}" -- "$python" "$(program segment)" >second
wait "$first"
cat first second
"$python" - truth.json masks <<'PY'
import json, sys
from pathlib import Path
truth = json.loads(Path(sys.argv[1]).read_text())
assert len(truth) == len(list(Path(sys.argv[2]).glob("*.npz"))) == 6
for series, drawn in truth.items():
    found = json.loads(Path(sys.argv[2], f"{series}.json").read_text())
    for part, volume in drawn.items():
        error = found[part] / volume - 1
        print(f"{part} drawn {volume:8.1f} found {found[part]:8.1f} {error:+.2%}")
        assert abs(error) < 0.02, (series, part)
PY

say 'report'
run "${database[@]}" "DATA_REPORTS=$work/reports" -- "$python" "$(program report)"
cp -r reports reports-before
run "${database[@]}" "DATA_REPORTS=$work/reports" -- "$python" "$(program report)" >out
diff -r reports reports-before || fail 'the report differs from run to run'
cat reports/volumetry.csv reports/weeks.csv reports/rejected.csv

say 'results'
ask "http://127.0.0.1:$port/summary"; echo
ask "http://127.0.0.1:$port/series?limit=1" | tee out; echo
uid=$("$python" -c 'import json; print(json.load(open("out"))[0]["series_uid"])')
[ "$(status "/series/$uid")" = 200 ] || fail 'the series is not found'
[ "$(status /series/1.2.3)" = 404 ] || fail 'a series that is not there is found'
[ "$(status '/series?limit=1000')" = 422 ] || fail 'a limit without limits'
pg_ctl -D index -m immediate stop >/dev/null
[ "$(status /readyz)" = 503 ] || fail 'ready without a database'
[ "$(status /healthz)" = 200 ] || fail 'not alive without a database'
cat out; echo
serve_database
[ "$(status /readyz)" = 200 ] || fail 'not ready after the database came back'
kill -TERM "$server"
wait "$server" || fail "the service ended with $?"
server=

say 'what must be refused'
for name in migrate ingest segment report results; do refuses 2 -- "$python" "$(program "$name")"; done
refuses 2 "${ingest[@]}" CONFIG_INGEST_SETTLE_SECONDS=soon -- "$python" "$(program ingest)"
refuses 2 "${segment[@]}" "DATA_MASKS=$work/nowhere" -- "$python" "$(program segment)"
refuses 2 "${database[@]}" PORT=99999 -- "$python" "$(program results)"
: >nothing
refuses 2 "${database[@]}" "SECRET_DATABASE_PASSWORD_FILE=$work/nothing" -- "$python" "$(program migrate)"
echo wrong >nothing
refuses 1 "${database[@]}" "SECRET_DATABASE_PASSWORD_FILE=$work/nothing" -- "$python" "$(program migrate)"
refuses 1 "${database[@]}" "CONFIG_DATABASE_PORT=$(free_port)" CONFIG_DATABASE_CONNECT_SECONDS=2 -- \
  "$python" "$(program migrate)"

say 'all is well'
