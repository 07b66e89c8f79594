#!/bin/sh
# Runs the stages of the pipeline in their order: each starts when those before it have ended.
# Usage: run-pipeline.sh [kubectl options, such as --context NAME]
# What it takes from its environment:
#   PARAM_MEASURE_SLICES: the parameter slices of measure, of the type int
#   PARAM_MEASURE_STUDY: the parameter study of measure, of the type string
# Ends with 2, before anything runs, where one is missing or of another type.
# Ends with 1 at the first stage that fails; its pods are kept for their logs.
set -eu
cd "$(dirname "$0")"

# Prints the condition of a Job that has ended: Complete or Failed.
ended() {
  stage=$1
  shift
  kubectl "$@" --namespace reading-a get job "$stage" --ignore-not-found \
    --output 'jsonpath={.status.conditions[?(@.status=="True")].type}'
}

# Makes the Job anew, and waits until it has ended.
run() {
  stage=$1 seconds=$2
  shift 2
  ran=yes
  echo "stage $stage"
  # In the foreground: the pods of the last run are gone before the next one writes where they wrote.
  kubectl "$@" --namespace reading-a delete job "$stage" --ignore-not-found --cascade=foreground --wait
  kubectl "$@" apply --filename "$stage.job.yaml"
  waited=0
  while [ "$waited" -le "$((seconds + 60))" ]; do
    case "$(ended "$stage" "$@")" in
      *Failed*) echo "stage $stage failed: kubectl --namespace reading-a logs job/$stage" >&2; exit 1 ;;
      *Complete*) return 0 ;;
    esac
    sleep 5
    waited=$((waited + 5))
  done
  echo "stage $stage has not ended after $seconds seconds" >&2
  exit 1
}

# Values that are handed to stages: one file each, as they are. Nothing in them is run or replaced.
values=$(mktemp -d)
trap 'rm -rf "$values"' EXIT
trap 'exit 1' HUP INT TERM

# A parameter that nobody gave.
missing() {
  echo "$1 is not set: the parameter $2 of the stage $3" >&2
  exit 2
}

# Takes a parameter: its variable, its name, its stage, its type, its value.
take() {
  fits=yes
  case "$4:$5" in
    int: | int:- | int:?*-* | int:*[!0-9-]*) fits=no ;;
    float:*[!0-9.eE+-]*) fits=no ;;
    float:*) LC_ALL=C printf '%f' "$5" > /dev/null 2>&1 || fits=no ;;
    bool:true | bool:false) ;;
    bool:*) fits=no ;;
  esac
  if [ "$fits" = no ]; then
    echo "$1 is not of the type $4: the parameter $2 of the stage $3" >&2
    exit 2
  fi
  mkdir -p "$values/$3-params"
  printf %s "$5" > "$values/$3-params/$2"
}

# Makes a ConfigMap of values.
hand() {
  map=$1
  shift
  kubectl "$@" --namespace reading-a create configmap "$map" --from-file "$values/$map" \
    --dry-run=client --output=yaml | kubectl "$@" --namespace reading-a apply --filename -
}

# Takes what a stage has written to its RESULTS_FILE: a line for each result, NAME=VALUE, the last one of each name.
keep() {
  stage=$1 pods=$2 names=$3
  shift 3
  [ "$ran" = yes ] || return 0
  written=$(kubectl "$@" --namespace reading-a get pods --field-selector status.phase=Succeeded \
    --selector "batch.kubernetes.io/job-name=$stage$pods" \
    --output "jsonpath={.items[*].status.containerStatuses[?(@.name==\"$stage\")].state.terminated.message}")
  mkdir -p "$values/$stage-results"
  for name in $names; do
    if ! printf '%s\n' "$written" | grep -q "^$name="; then
      echo "stage $stage has not written its result $name" >&2
      exit 1
    fi
    printf '%s\n' "$written" | sed -n "s/^$name=//p" | tail -n 1 | tr -d '\n' > "$values/$stage-results/$name"
  done
  hand "$stage-results" "$@"
}

# A variable that is not set is an empty one.
set +u
[ -n "$PARAM_MEASURE_SLICES" ] || PARAM_MEASURE_SLICES='32'
take PARAM_MEASURE_SLICES slices measure int "$PARAM_MEASURE_SLICES"
[ -n "$PARAM_MEASURE_STUDY" ] || missing PARAM_MEASURE_STUDY study measure
take PARAM_MEASURE_STUDY study measure string "$PARAM_MEASURE_STUDY"
set -u

hand measure-params "$@"
run measure 86400 "$@"
keep measure '' 'dice report-path' "$@"
