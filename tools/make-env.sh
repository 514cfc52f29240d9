#!/usr/bin/env bash
# Make .venv from the hash-pinned requirements. Does nothing when it is current.
#   tools/make-env.sh          the application only
#   tools/make-env.sh dev      and what tests and checks need
set -euo pipefail
cd "$(dirname "$0")/.."
want="${1:-run}"

files=(requirements/run.txt)
[ "$want" = dev ] && files+=(requirements/dev.txt)

sum() { cat "${files[@]}" | sha256sum | cut -d' ' -f1; }
stamp=".venv/.made-$want"
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(sum)" ] \
    && .venv/bin/python -c '' 2>/dev/null; then
    exit 0
fi

if ! python="$(tools/find-python.sh 2>/dev/null)"; then
    tools/apt-install.sh python3 python3-venv
    python="$(tools/find-python.sh)"
fi

if ! [ -x .venv/bin/python ] || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    # Debian ships Python without venv's installer; its own package adds it.
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
        tools/apt-install.sh "python$version-venv"
    fi
    "$python" -m venv --clear .venv
fi

arguments=()
for file in "${files[@]}"; do arguments+=(-r "$file"); done
echo "Installing the $want requirements into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check \
    --require-hashes --only-binary :all: "${arguments[@]}"
sum > "$stamp"
# The larger environment holds the smaller one.
if [ "$want" = dev ]; then sha256sum requirements/run.txt | cut -d' ' -f1 > .venv/.made-run; fi
