#!/bin/sh
# Prints the images that deploy/ is built on as lines for deploy/.env, each by the digest that its tag has today. A tag may
# mean something else tomorrow; a digest never does. Run it again, and look at what changed, to take up security updates.
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
