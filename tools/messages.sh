#!/usr/bin/env bash
# Collect every text people see into clinic/translations/messages.pot, bring the
# catalogues up to date and compile them.
#   tools/messages.sh          all of it
#   tools/messages.sh new de   begin a language
set -euo pipefail
cd "$(dirname "$0")/.."

folder=clinic/translations
pot="$folder/messages.pot"
mkdir -p "$folder"
.venv/bin/pybabel --quiet extract --mapping-file tools/babel.cfg --output-file "$pot" \
    --keyword _l --keyword lazy_gettext --keyword lazy_ngettext:1,2 --keyword say \
    --add-comments "Translators:" --sort-by-file --add-location file --project clinic --no-wrap \
    --copyright-holder "The clinic's founders" .
if [ "${1:-}" = new ]; then
    .venv/bin/pybabel init --input-file "$pot" --output-dir "$folder" --locale "${2:?which language?}"
fi
if ls "$folder"/*/LC_MESSAGES/*.po >/dev/null 2>&1; then
    .venv/bin/pybabel update --input-file "$pot" --output-dir "$folder" --no-wrap
    .venv/bin/pybabel compile --directory "$folder"
fi
echo "$(grep -c '^msgid ' "$pot") texts in $pot"
