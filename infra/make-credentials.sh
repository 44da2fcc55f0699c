#!/bin/sh
# Makes MinIO's credentials once: from MINIO_ROOT_USER and MINIO_ROOT_PASSWORD when .env gives them, else at random.
# They live in a volume; MinIO and the services read them as files, so that no password stands in an environment.
set -eu
umask 077
folder=/credentials

store() { # store NAME GIVEN RANDOM-BYTES: what is given wins over what is there; only what is missing is made up
  if [ -n "$2" ]; then
    value=$2
  elif [ -s "$folder/$1" ]; then
    return
  else
    value=$(od -An -N "$3" -tx1 /dev/urandom | tr -d ' \n')
  fi
  printf '%s' "$value" >"$folder/$1.new"
  mv "$folder/$1.new" "$folder/$1"
}

if [ -n "${MINIO_ROOT_PASSWORD:-}" ] && [ "${#MINIO_ROOT_PASSWORD}" -lt 8 ]; then
  echo "MINIO_ROOT_PASSWORD must have at least 8 characters" >&2
  exit 78
fi
store access_key "${MINIO_ROOT_USER:-}" 8
store secret_key "${MINIO_ROOT_PASSWORD:-}" 24
