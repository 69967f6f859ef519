#!/bin/sh
# Set-up, one step a call: venv, run, test. Called by the Makefile, from the project's folder.
# Installs only what requirements/*.lock name, by hash. uv where it can be had, else pip: the same
# files either way.
set -eu

python=.venv/bin/python
unset PIP_REQUIRE_VIRTUALENV PYTHONHOME VIRTUAL_ENV 2>/dev/null || true

say() { echo "answerable: $*"; }

stamp() { mkdir -p .make && pwd >.make/where && touch ".make/$1"; }

install() {
	if [ -x .venv/bin/uv ]; then
		log=.make/uv.log
		if .venv/bin/uv pip install -q --python "$python" --require-hashes --compile-bytecode \
			-r "$1" 2>"$log"; then
			return
		fi
		say "uv could not ($(tail -n 1 "$log")); trying pip"
	fi
	$python -m pip install -q --require-hashes --only-binary :all: --no-deps -r "$1"
}

case "$1" in
venv)
	chosen=$(${PYTHON:-python3} scripts/preflight.py python)
	say "making .venv with $chosen"
	rm -rf .venv
	mkdir -p .make
	"$chosen" -m venv .venv
	# The quicker installer is a convenience: where there is no wheel of it, pip does.
	$python -m pip install -q --require-hashes --only-binary :all: -r requirements/tools.lock \
		2>.make/uv.log || say 'uv is not to be had here; pip will do'
	touch .venv/pyvenv.cfg
	;;
run)
	say 'installing what it runs on (once)'
	mkdir -p .make
	install requirements/run.lock
	$python -m pip install -q --no-deps --no-build-isolation --no-index --editable .
	stamp run
	;;
test)
	say 'installing what the tests need (once)'
	install requirements/test.lock
	stamp test
	;;
*)
	echo 'install.sh: venv, run or test' >&2
	exit 64
	;;
esac
