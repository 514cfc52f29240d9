#!/usr/bin/env bash
# Print the newest Python from 3.11 on that really runs, or say what is missing.
set -euo pipefail

for name in python3.15 python3.14 python3.13 python3.12 python3.11 python3 python; do
    # A name may be a shim with nothing behind it: ask it to run something.
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        command -v "$name"
        exit 0
    fi
done
echo "Python 3.11 or newer is needed. On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
exit 1
