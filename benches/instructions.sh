#!/bin/sh
# Instructions an observation, exact and repeatable: fails if they have grown beyond the baseline's share.
# With --write they become the baseline.
set -eu
cd "$(dirname "$0")/.."
if ! command -v valgrind >/dev/null 2>&1; then
    echo "note: valgrind is not installed, so instructions were not counted"
    exit 0
fi
exec cargo run --quiet --release --example instructions -- benches/baseline.json "$@"
