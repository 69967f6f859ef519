#!/bin/sh
# Other people's CyberTipline clients, for the tests that drive the receiver with them: pinned, by
# hash, into .make/clients, outside any test run. Where something is missing it says so, loudly, and
# ends with 0: a machine without Node may still build, and the tests of that client are then skipped.
set -eu
cd "$(dirname "$0")/.."

home=.make/clients
pins=tests/contracts/clients
log=$home/install.log
mkdir -p "$home"
: >"$log"

say() { echo "answerable: $*"; }

missing() {
	{
		echo '!!'
		echo "!! NOT HERE: $1"
		echo "!! so the receiver is not tried with $2, and those tests are skipped."
		echo '!!'
	} >&2
}

# Tries a command three times; its words go to the log.
persist() {
	for _ in 1 2 3; do
		if "$@" >>"$log" 2>&1; then return 0; fi
	done
	return 1
}

# Whether what lies in a folder was made from this very list of pins.
current() { [ -e "$1/made-from" ] && cmp -s "$1/made-from" "$2"; }

node_client() {
	if current "$home/node" "$pins/package-lock.json"; then return; fi
	if ! command -v npm >/dev/null 2>&1 ||
		! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' \
			>>"$log" 2>&1; then
		missing 'Node 20 or newer, with npm' cybertipline-tools
		return
	fi
	say 'installing cybertipline-tools for the tests (once)'
	rm -rf "$home/node"
	mkdir -p "$home/node"
	cp "$pins/package.json" "$pins/package-lock.json" "$home/node/"
	if persist npm ci --prefix "$home/node" --ignore-scripts --no-audit --no-fund \
		--loglevel=error --fetch-retries=2 --fetch-timeout=30000 \
		--fetch-retry-mintimeout=1000 --fetch-retry-maxtimeout=5000; then
		cp "$pins/package-lock.json" "$home/node/made-from"
	else
		missing "cybertipline-tools (npm could not: $(tail -n 1 "$log"))" cybertipline-tools
	fi
}

# A Python of 3.13 or newer that can make a venv. pyenv's shims may name one that is not chosen.
newer_python() {
	for one in python3.13 python3.14 python3.15 python3 "$HOME"/.pyenv/versions/3.1[3-9]*/bin/python3; do
		if "$one" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 13))' \
			>>"$log" 2>&1; then
			echo "$one"
			return
		fi
	done
}

python_client() {
	if current "$home/python" requirements/clients.lock; then return; fi
	chosen=$(newer_python)
	if [ -z "$chosen" ]; then
		missing 'Python 3.13 or newer, with venv' ncmec-cybertip
		return
	fi
	say "installing ncmec-cybertip for the tests (once), with $chosen"
	rm -rf "$home/python"
	if persist "$chosen" -m venv "$home/python" &&
		persist "$home/python/bin/python" -m pip install -q --disable-pip-version-check \
			--retries 2 --timeout 30 --require-hashes --only-binary :all: --no-deps \
			-r requirements/clients.lock; then
		cp requirements/clients.lock "$home/python/made-from"
	else
		missing "ncmec-cybertip (pip could not: $(tail -n 1 "$log"))" ncmec-cybertip
	fi
}

unset PYTHONPATH PYTHONHOME VIRTUAL_ENV PIP_REQUIRE_VIRTUALENV 2>/dev/null || true
node_client
python_client
command -v curl >/dev/null 2>&1 || missing curl curl
