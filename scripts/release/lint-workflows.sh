#!/usr/bin/env bash
# Looks for mistakes in the workflows of .github with actionlint, a Go module.
set -euo pipefail
cd "$(dirname "$0")/../.."
go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.7 -shellcheck= -pyflakes= .github/workflows/*.yml
echo "actionlint found nothing."
