#!/bin/sh
# BusyBox's own image is made with `-delete`, Debian's without.
for word; do
    shift
    case $word in
        -delete) set -- "$@" -exec rm -f {} ';' ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec busybox find "$@"
