#!/bin/sh
# Checks the rules for API tokens, and looks for tokens in what a change adds: for any
# CI system. Written by `tokenctl init`; it is yours to change.
#
#   ci/tokens.sh BASE            for a push: BASE is the commit that the branch was at
#   ci/tokens.sh --change BASE   for what asks to be merged: its policy may not permit
#                                more than that of BASE
#   ci/tokens.sh ''              everything, such as once a week: locks and
#                                suppressions expire, and rules get newer
#
# Everything after BASE is new. If CI has made a merge of the change and of the branch
# as it is now, BASE is HEAD^1; if not, it is "$(git merge-base origin/main HEAD)".
# Zeros, for a new branch, stand for the first commit. All commits must have been
# fetched: a shallow clone is no answer. It needs git and tokenctl:
#
#   cargo install --locked --git https://github.com/token-core/token-core --rev COMMIT tokenctl
#
# Every check runs. It ends with 0 if all pass, and else with the code of the first one
# that did not: 1 is a token, 3 no answer, 4 or 5 a policy that permits more, which
# somebody who owns it accepts by running it without `--change`.
set -u

# The policy, from the root of the repository.
policy='tokens.toml'

change=
if [ "${1:-}" = --change ]; then
    change=yes
    shift
fi
if [ $# -ne 1 ]; then
    echo "usage: ci/tokens.sh [--change] BASE" >&2
    exit 2
fi
base=$1
if ! command -v tokenctl >/dev/null 2>&1; then
    echo "tokenctl is not installed, so nothing was checked." >&2
    exit 3
fi
root=$(git rev-parse --show-toplevel) || exit 3
cd "$root" || exit 3

ended=0
must() {
    echo "== $*"
    "$@"
    code=$?
    if [ "$ended" -eq 0 ]; then ended=$code; fi
}

# Every tokens.toml, and the tokens.lock beside it. If a policy is wrong on purpose, for
# a test, name the others.
must tokenctl check --locked
must tokenctl scan .
# What a commit added is leaked, also if a later one removed it.
must tokenctl scan --since "$base"
if [ -n "$change" ]; then
    must tokenctl diff "$base:$policy" "./$policy"
fi
exit "$ended"
