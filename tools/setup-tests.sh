#!/usr/bin/env bash
# Find what the tests need outside Python: PostgreSQL's server programs and a
# Chromium. What is missing is installed by apt where that is allowed; else this
# stops and says the one thing to install. The places found go to
# build/test-tools.env, which the Makefile reads.
set -euo pipefail
cd "$(dirname "$0")/.."

find_postgres() {
    local folder
    # Debian keeps each version's server in a folder of its own; take the newest.
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -rV) \
        "$(pg_config --bindir 2>/dev/null || true)" \
        "$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")"; do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ] && [ -x "$folder/postgres" ]; then
            echo "$folder"
            return 0
        fi
    done
    return 1
}

find_chromium() {
    local name
    # The one that has no windows to draw comes first: the same engine at two thirds of the cost.
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        # Ubuntu's chromium-browser may be a stub that asks for a snap: try it.
        if command -v "$name" >/dev/null && "$name" --version </dev/null >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

missing=()
find_postgres >/dev/null || missing+=(postgresql)
find_chromium >/dev/null || missing+=(chromium)
if [ ${#missing[@]} -gt 0 ]; then
    tools/apt-install.sh "${missing[@]}"
fi
# Not every system has it and the others do as well, so that it fails to come is no fault. Asked
# for once, by whoever may install: not by each run on a machine that is off the network.
if [ "$(id -u)" -eq 0 ] && [ ! -e build/test-tools.env ] && ! command -v chromium-headless-shell >/dev/null; then
    tools/apt-install.sh chromium-headless-shell || echo "Going on without chromium-headless-shell." >&2
fi
postgres="$(find_postgres)" || { echo "PostgreSQL's server programs were not found after installing." >&2; exit 1; }
chromium="$(find_chromium)" || { echo "Chromium does not start. Install one that does: on Debian  sudo apt-get install chromium,  on Ubuntu  sudo snap install chromium" >&2; exit 1; }

mkdir -p build
{
    echo "export POSTGRES_BIN=$(printf %q "$postgres")"
    echo "export CHROMIUM=$(printf %q "$chromium")"
    # Each worker reads every test: what another has compiled is not compiled again.
    echo "export PYTHONDONTWRITEBYTECODE="
} > build/test-tools.env
