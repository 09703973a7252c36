#!/usr/bin/env bash
# Builds the images `synergos/ttp-basic`, `synergos/worker`, `synergos/director` and `synergos/ttp-cluster` without a Docker
# engine, and runs trainings through them.
#   sudo tools/build-images.sh [WORK_DIRECTORY]
# Needs Debian, root and Node.js. buildah works with chroot isolation, on a base made by debootstrap and this machine's
# Node.js; a base image from a registry does as well: BASE_IMAGE=node:20-bookworm-slim tools/build-images.sh
set -euo pipefail
cd "$(dirname "$0")/.."

work=${1:-${TMPDIR:-/tmp}/synergos-images}
mkdir -p "$work"
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
storage=(--root "$work/storage" --runroot "$work/run")

say() { printf '\n== %s (%ss)\n' "$*" "$SECONDS"; }

need() {
  command -v "$2" >/dev/null && return
  [ -n "${updated:-}" ] || { apt-get update -qq && updated=yes; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" >/dev/null
}

make_base() {
  local root=$work/base mirror
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | head -n 1 || true)
  rm -rf "$root"
  debootstrap --variant=minbase --include=libstdc++6,ca-certificates bookworm "$root" ${mirror:+"${mirror% }"} >"$work/debootstrap.log"
  local node
  node=$(readlink -f "$(command -v node)")
  install -D "$node" "$root/usr/bin/node"
  mkdir -p "$root/usr/lib/node_modules"
  cp -a "$(npm root -g)/npm" "$root/usr/lib/node_modules/"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/bin/npx"
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  local container
  container=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" add -q "$container" "$root" / >/dev/null
  buildah "${storage[@]}" commit -q "$container" localhost/synergos-base >/dev/null
  buildah "${storage[@]}" rm "$container" >/dev/null
  rm -rf "$root"
}

build() { # target, image
  # This machine's settings of npm reach the build as a mount: nothing of them stays in an image.
  local -a npm=()
  [ -f "${NPM_CONFIG_USERCONFIG:-$HOME/.npmrc}" ] && npm=(--volume "${NPM_CONFIG_USERCONFIG:-$HOME/.npmrc}:/root/.npmrc:ro")
  buildah "${storage[@]}" bud -q --layers --format docker --target "$1" --build-arg "BASE_IMAGE=$base" \
    --build-arg NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt "${npm[@]}" -f docker/Dockerfile -t "$2" . >"$work/$1.log" 2>&1 || { tail -n 40 "$work/$1.log"; exit 1; }
}

root_of() { # image: its root file system, mounted
  buildah "${storage[@]}" mount "$(buildah "${storage[@]}" from "localhost/$1")"
}

need buildah buildah
base=${BASE_IMAGE:-localhost/synergos-base}
if [ -z "${BASE_IMAGE:-}" ] && ! buildah "${storage[@]}" inspect --type image "$base" >/dev/null 2>&1; then
  need debootstrap debootstrap
  say "base image: Debian and this machine's Node.js"
  make_base
fi
say 'image basic' && build basic synergos/ttp-basic
say 'image worker' && build worker synergos/worker
say 'image director' && build director synergos/director
say 'image cluster' && build cluster synergos/ttp-cluster
buildah "${storage[@]}" images

say 'a training through the built root file systems'
basic_root=$(root_of synergos/ttp-basic)
worker_root=$(root_of synergos/worker)
director_root=$(root_of synergos/director)
cluster_root=$(root_of synergos/ttp-cluster)
data=$work/training
rm -rf "$data" && mkdir -m 777 "$data"
roots=("$basic_root" "$worker_root" "$director_root" "$cluster_root")
trap 'for root in "${roots[@]}"; do umount "$root$data" 2>/dev/null || true; done' EXIT
for root in "${roots[@]}"; do
  mkdir -p "$root$data"
  mount --bind "$data" "$root$data"
done
# As the images' own user, in the images' own file systems; only the demo that drives them runs outside.
as_user() { printf '["chroot","--userspec=%s","%s","node","/app/apps/%s/dist/main.js"]' "$(grep -oP '^synergos:[^:]*:\K\d+:\d+' "$1/etc/passwd")" "$1" "$2"; }
umask 000
SYNERGOS_DEMO_BASIC_COMMAND=$(as_user "$basic_root" basic) SYNERGOS_DEMO_WORKER_COMMAND=$(as_user "$worker_root" worker) \
  node examples/penguins/dist/main.js --rounds 20 --data-dir "$data" --json | tee "$work/training.log"
tail -n 1 "$work/training.log" | grep -q '"federated"'

say 'trainings on a cluster through the built root file systems'
need rabbitmq-server rabbitmq-server
rm -rf "$data"/*
SYNERGOS_DEMO_DIRECTOR_COMMAND=$(as_user "$director_root" director) SYNERGOS_DEMO_CLUSTER_COMMAND=$(as_user "$cluster_root" cluster) \
  SYNERGOS_DEMO_WORKER_COMMAND=$(as_user "$worker_root" worker) \
  node examples/penguins/dist/cluster/main.js --trials 4 --rounds 5 --data-dir "$data" --json | tee "$work/cluster.log"
tail -n 1 "$work/cluster.log" | grep -q '"best"'
say 'the images work'
