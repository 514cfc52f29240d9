#!/usr/bin/env bash
# Format, lint, types, import contracts and architecture (templates and styles too), all of them
# even when one fails, so that one run shows everything there is to mend.
set -uo pipefail
cd "$(dirname "$0")/.."

bin=.venv/bin
failed=()

step() {
    local name="$1"
    shift
    printf '== %s\n' "$name"
    "$@" || failed+=("$name")
}

step "format" "$bin/ruff" format --check .
step "lint" "$bin/ruff" check .
step "types" "$bin/mypy"
step "import contracts" "$bin/lint-imports"
step "architecture" "$bin/python" -m pytest -q -p no:xdist tests/architecture

if [ ${#failed[@]} -gt 0 ]; then
    printf '\nTo mend: %s\n' "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
    exit 1
fi
printf '\nAll checks hold.\n'
