#!/bin/sh
# Runs the stages of an installation in their order, without those that have completed before.
# Usage: run-install.sh [kubectl options, such as --context NAME]
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
  # Delete the Job to run it again.
  case "$(ended "$stage" "$@")" in
    *Complete*) echo "stage $stage has completed before"; ran=no; return 0 ;;
  esac
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

run seed-database 86400 "$@"
