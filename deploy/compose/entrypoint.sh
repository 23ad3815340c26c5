#!/bin/sh
# Hands the database's password on in the environment, where other users do not see it, and becomes the command.
set -eu
if [ -r /run/secrets/password ]; then
  PGPASSWORD=$(cat /run/secrets/password)
  export PGPASSWORD
fi
exec /opt/heddle/node_modules/.bin/heddle "$@"
