#!/bin/sh
# Prints the images that deploy/ uses as lines for deploy/.env, each with the digest that its tag has today. A tag may mean
# another image tomorrow; a digest never does. For security updates, run it again and review what changed.
set -eu

pin() {
  digest=$(docker buildx imagetools inspect "$2" --format '{{.Manifest.Digest}}')
  case "$digest" in
    sha256:*) echo "$1=$2@$digest" ;;
    *)
      echo "$2: the registry gave no digest, but: $digest" >&2
      exit 1
      ;;
  esac
}

pin NODE_IMAGE node:24-slim
pin POSTGRES_IMAGE postgres:18
pin CADDY_IMAGE caddy:2
