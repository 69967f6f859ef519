#!/bin/sh
# Renew requirements/*.lock from pyproject.toml, with hashes and for every platform. The files say
# what to install and never where from: no address of a package index may stand in them.
set -eu

oldest=3.11

lock() {
	out=$1
	shift
	.venv/bin/uv pip compile -q --upgrade --universal --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links --python-version "$oldest" -o "$out" "$@"
	if grep -nE '://|index-url|find-links' "$out"; then
		echo "lock.sh: $out names a place to install from" >&2
		exit 1
	fi
}

lock requirements/tools.lock requirements/tools.in
lock requirements/run.lock pyproject.toml requirements/build.in
lock requirements/test.lock --extra test -c requirements/run.lock pyproject.toml \
	requirements/build.in
# Other people's clients, only for tests against the receiver (scripts/clients.sh).
oldest=3.13
lock requirements/clients.lock requirements/clients.in
if command -v npm >/dev/null; then
	cd tests/contracts/clients
	npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent
	! grep -n '"resolved"' package-lock.json
fi
