#!/usr/bin/env bash
# Run the whole chain on made-up studies in a temporary folder, without containers, and check what comes out.
#
#   PYTHON=/path/to/venv/bin/python ./run_local.sh
#
# PYTHON (python3 otherwise) must have the packages of requirements.lock. Every program gets only the environment that
# Compose and Kubernetes would give it. The statistics are left out where there is no Rscript.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

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

cd "$here"
mkdir "$work"/{raw,clean,quality,features,checkpoints,metrics,model,summary,empty}
printf 'a salt for trying things out\n' >"$work/salt"
cat >"$work/config.json" <<'JSON'
{"lr": 0.01, "batch-size": 16, "epochs": 60, "filters": 8, "weight-decay": 0.0001, "seed": 1}
JSON

say 'made-up studies'
"$python" make_synthetic.py "$work/raw" --identifiers "$work/identifiers"
grep -rqaiF -f "$work/identifiers" "$work/raw" || fail 'the made-up studies name nobody'

say 'de-identify'
deidentify=("DATA_RAW=$work/raw" "DATA_CLEAN=$work/clean" "SECRET_DEID_SALT_FILE=$work/salt" -- "$python" deidentify.py)
digest() { find "$work/clean" -type f -exec sha256sum {} + | sort | sha256sum; }
run "${deidentify[@]}"
before=$(digest)
run "${deidentify[@]}"
[ "$before" = "$(digest)" ] || fail 'a second run changes something'
if grep -raiF -f "$work/identifiers" "$work/clean" >/dev/null; then fail 'an identifier is left in a file of clean/'; fi
if find "$work/clean" | grep -iF -f "$work/identifiers"; then fail 'an identifier is left in the name of a file'; fi
echo "none of $(wc -l <"$work/identifiers") identifiers is left in $(find "$work/clean" -name '*.dcm' | wc -l) images"
grep -q burned-in-annotation "$work/clean/audit.jsonl" || fail 'burned-in annotation was let through'
grep -q not-dicom "$work/clean/audit.jsonl" || fail 'a text was let through'

say 'validate'
run "DATA_CLEAN=$work/clean" "DATA_QUALITY=$work/quality" -- "$python" validate.py
refuses 3 "DATA_CLEAN=$work/empty" "DATA_QUALITY=$work/quality" -- "$python" validate.py

say 'preprocess, in three parts'
for part in 0 1 2; do
  run "DATA_CLEAN=$work/clean" "DATA_FEATURES=$work/features" JOB_COMPLETION_INDEX=$part JOB_COMPLETIONS=3 -- \
    "$python" preprocess.py
done

say 'train, with a stop in the middle'
train=("DATA_FEATURES=$work/features" "CONFIG_TRAIN=$work/config.json" CHECKPOINT_EVERY=1800)
mkdir "$work/whole"
run "${train[@]}" "DATA_CHECKPOINTS=$work/whole" -- "$python" train.py | tail -n 1
start "${train[@]}" "DATA_CHECKPOINTS=$work/checkpoints" -- "$python" train.py >"$work/log" 2>&1 & trainer=$!
until grep -q '^epoch=5 ' "$work/log"; do kill -0 "$trainer" || fail 'training ended early'; sleep 0.02; done
kill -TERM "$trainer"
got=0
wait "$trainer" || got=$?
[ "$got" = 143 ] || fail "training ended with $got instead of 143"
tail -n 1 "$work/log"
run "${train[@]}" "DATA_CHECKPOINTS=$work/checkpoints" -- "$python" train.py | sed -n '1p;$p'
cmp "$work/whole/model.npz" "$work/checkpoints/model.npz" || fail 'going on gives another model'

say 'serve, before there is a model'
port=$("$python" - <<'PY'
import socket
it = socket.socket()
it.bind(("127.0.0.1", 0))
print(it.getsockname()[1])
PY
)
start "DATA_MODEL=$work/model" "PORT=$port" -- "$python" serve.py & server=$!
ask() { curl --silent --max-time 10 "$@"; }
for _ in $(seq 100); do
  if ask "http://127.0.0.1:$port/v2/health/live"; then break; fi
  sleep 0.1
done
echo
[ "$(ask -o "$work/out" -w '%{http_code}' "http://127.0.0.1:$port/v2/health/ready")" = 503 ] || fail 'ready without a model'

say 'evaluate, and put into service'
evaluate=("DATA_FEATURES=$work/features" "DATA_METRICS=$work/metrics" "DATA_MODEL=$work/model")
evaluate+=(CONFIG_EVALUATE_MIN_AUC=0.92 CONFIG_EVALUATE_MIN_SENSITIVITY=0.9)
mkdir "$work/poor"
"$python" - "$work/poor/model.npz" <<'PY'
import sys
from pathlib import Path
from mri import model
nothing = {key: value * 0 for key, value in model.initial(8, 1).items()}
model.save(Path(sys.argv[1]), nothing, {"run": "poor", "epoch": 0})
PY
run "${evaluate[@]}" "DATA_CHECKPOINTS=$work/poor" -- "$python" evaluate.py
[ ! -e "$work/model/model.npz" ] || fail 'a model that is not good enough was put into service'
run "${evaluate[@]}" "DATA_CHECKPOINTS=$work/checkpoints" -- "$python" evaluate.py
cat "$work/metrics/metrics.json"

say 'predict'
[ "$(ask -o "$work/out" -w '%{http_code}' "http://127.0.0.1:$port/v2/health/ready")" = 200 ] || fail 'not ready'
predict=(ask "http://127.0.0.1:$port/predict")
image=$(find "$work/clean" -name '*.dcm' | sort | sed -n 1p)
"${predict[@]}" -H 'Content-Type: application/dicom' --data-binary "@$image"; echo
"$python" - >"$work/array.json" <<'PY'
print([[10 + x % 3 + 200 * (abs(x - 20) < 3 and abs(y - 30) < 3) for x in range(64)] for y in range(64)])
PY
"${predict[@]}" -H 'Content-Type: application/json' --data-binary "@$work/array.json" | tee "$work/out"; echo
grep -q '"probability"' "$work/out" || fail 'no probability'
"${predict[@]}" -H 'Content-Type: application/dicom' --data-binary 'nonsense'; echo
"${predict[@]}" -H 'Content-Type: application/json' --data-binary '[[1, 2], [3]]'; echo
kill -TERM "$server"
wait "$server" || fail "the service ended with $?"
server=

say 'statistics'
if command -v Rscript >/dev/null; then
  statistics=("DATA_FEATURES=$work/features" "DATA_SUMMARY=$work/summary")
  run "${statistics[@]}" "DATA_METRICS=$work/metrics" -- Rscript --vanilla analyse.R
  cp "$work/summary/summary.csv" "$work/first.csv"
  run "${statistics[@]}" "DATA_METRICS=$work/metrics" -- Rscript --vanilla analyse.R
  cmp "$work/first.csv" "$work/summary/summary.csv" || fail 'the statistics differ from run to run'
  cat "$work/summary/summary.csv"
  refuses 2 -- Rscript --vanilla analyse.R
  refuses 3 "${statistics[@]}" "DATA_METRICS=$work/empty" -- Rscript --vanilla analyse.R
else
  echo 'left out: there is no Rscript'
fi

say 'what must be refused'
for program in deidentify validate preprocess train evaluate serve; do refuses 2 -- "$python" "$program.py"; done
printf 'short' >"$work/short"
refuses 2 "DATA_RAW=$work/raw" "DATA_CLEAN=$work/empty" "SECRET_DEID_SALT_FILE=$work/short" -- "$python" deidentify.py
refuses 3 "DATA_RAW=$work/empty" "DATA_CLEAN=$work/empty" "SECRET_DEID_SALT_FILE=$work/salt" -- "$python" deidentify.py
preprocess=("DATA_FEATURES=$work/empty" JOB_COMPLETIONS=3)
refuses 2 "${preprocess[@]}" "DATA_CLEAN=$work/clean" JOB_COMPLETION_INDEX=3 -- "$python" preprocess.py
refuses 3 "${preprocess[@]}" "DATA_CLEAN=$work/empty" JOB_COMPLETION_INDEX=0 -- "$python" preprocess.py
refuses 3 "${train[@]}" "DATA_FEATURES=$work/empty" "DATA_CHECKPOINTS=$work/empty" -- "$python" train.py
printf '{"lr": 7}' >"$work/config.json"
refuses 2 "${train[@]}" "DATA_CHECKPOINTS=$work/empty" -- "$python" train.py
refuses 2 "DATA_MODEL=$work/model" PORT=http -- "$python" serve.py

say 'all is well'
