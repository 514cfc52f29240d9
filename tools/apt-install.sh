#!/usr/bin/env bash
# Install Debian packages when this is root on a machine with apt; otherwise say
# the one command that would. NO_APT=1 forbids installing.
set -euo pipefail

if [ "$(id -u)" -eq 0 ] && [ -z "${NO_APT:-}" ] && command -v apt-get >/dev/null; then
    echo "Installing with apt: $*" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >&2
    exec apt-get install -y -qq --no-install-recommends "$@" </dev/null >&2
fi
echo "Missing. Install it and run this again:  sudo apt-get install $*" >&2
exit 1
