#!/usr/bin/env bash
# Compile requirements/*.in to hash-pinned *.txt. Needs the network; run by hand
# after editing an .in file, then commit both.
set -euo pipefail
cd "$(dirname "$0")/.."

tools_env="$(mktemp -d)"
trap 'rm -rf "$tools_env"' EXIT
python="$(tools/find-python.sh)"
"$python" -m venv "$tools_env"
"$tools_env/bin/pip" install --quiet pip-tools

for name in run dev; do
    # --strip-extras keeps the file installable by plain pip; the index and any
    # local settings of the person who runs this stay out of the file.
    "$tools_env/bin/pip-compile" --quiet --generate-hashes --strip-extras --allow-unsafe \
        --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --output-file "requirements/$name.txt" "requirements/$name.in"
done
