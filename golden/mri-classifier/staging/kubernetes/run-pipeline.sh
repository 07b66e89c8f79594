#!/bin/sh
# Runs the stages of the pipeline in their order: each starts when those before it have ended.
# Usage: run-pipeline.sh [kubectl options, such as --context NAME]
set -eu
cd "$(dirname "$0")"

# Makes the Job anew, starts it, and waits until it has ended.
run() {
  stage=$1 seconds=$2
  shift 2
  echo "stage $stage"
  kubectl "$@" --namespace mri-classifier-staging delete job "$stage" --ignore-not-found --wait
  kubectl "$@" apply --filename "$stage.job.yaml"
  kubectl "$@" --namespace mri-classifier-staging patch job "$stage" --patch '{"spec":{"suspend":false}}'
  kubectl "$@" --namespace mri-classifier-staging wait job "$stage" --for=condition=Complete --timeout="${seconds}s"
}

run deidentify 7200 "$@"
run validate-data 7200 "$@"
run preprocess 7200 "$@"
run train 172800 "$@"
