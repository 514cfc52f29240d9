#!/usr/bin/env bash
# What `make prove` runs, in two parts. Files whose tests are one process each share the machine,
# two at a time; races make many processes and have it for themselves. Both parts always run, so
# that one run shows everything there is to mend.
#   tools/prove.sh prove       the profile of Hypothesis; PROVE_ROUNDS says how often races repeat
set -uo pipefail
cd "$(dirname "$0")/.."
. build/test-tools.env
export HYPOTHESIS_PROFILE="$1"

races=(tests/prove/test_*race*.py tests/prove/test_client_numbers.py)
alone=()
for file in tests/prove/test_*.py; do
    [[ " ${races[*]} " == *" $file "* ]] || alone+=("$file")
done

failed=()
step() {
    local name="$1"
    shift
    printf '== %s\n' "$name"
    .venv/bin/python -m pytest -o faulthandler_timeout=900 "$@" || failed+=("$name")
}

step "sequences and paths" -n "${WORKERS:-2}" --dist worksteal "${alone[@]}"
step "races" -p no:xdist "${races[@]}"

if [ ${#failed[@]} -gt 0 ]; then
    printf '\nTo mend: %s\n' "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
    exit 1
fi
