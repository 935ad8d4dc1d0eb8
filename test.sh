#!/usr/bin/env bash
# Installs what a fresh Debian with the .NET SDK lacks, checks the format, builds Release, runs every test once.
# The last line is "N passed, N failed, N skipped"; the exit code is 0 only if something passed and nothing failed.
set -uo pipefail
cd "$(dirname "$0")"

# Beyond these, something hangs; a run takes a few minutes.
FORMAT_SECONDS=300
BUILD_SECONDS=1200
TEST_SECONDS=2400

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
if [ "${CI:-}" = true ]; then
  # Plain lines: a log file has no colours and no cursor.
  export NO_COLOR=1 TERM=dumb MSBUILDTERMINALLOGGER=off
fi

# command:package:reason. A test that needs one of these skips itself, by name, when it is not there.
NEEDS=(
  "strace:strace:shows the order of system calls, so that a test sees fdatasync return before an answer leaves"
  "tshark:tshark:reads frames that we wrote with a dissector that is not ours, and must see the same fields"
  "softhsm2-util:softhsm2:a PKCS#11 token whose key wraps the keys of a switch under test"
  "postgres:postgresql:a server of its own for the PostgreSQL store, stopped and killed by tests"
  "promtool:prometheus:judges the page of metrics by the rules of the program that reads it"
  "python3:python3:reads a journal with a program written from docs/internals/journal.md alone, which checks that page"
)

# Debian keeps PostgreSQL's server off the path.
have() {
  command -v "$1" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$1" >/dev/null
}

install_needs() {
  local missing=()
  for need in "${NEEDS[@]}"; do
    IFS=: read -r command package reason <<<"$need"
    if ! have "$command"; then
      echo "missing: $command ($reason)"
      missing+=("$package")
    fi
  done
  if [ ${#missing[@]} -eq 0 ]; then
    return
  fi
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Not installed, because this is not root on Debian: ${missing[*]}. The tests that need them are skipped."
    return
  fi
  (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}") \
    >/dev/null 2>&1 || echo "apt-get could not install: ${missing[*]}. The tests that need them are skipped."
}

fail() {
  echo "$1"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}

install_needs
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# White space only, from the files alone: what the analyzers ask of style is an error of the build. About 10 s of one core.
timeout "$FORMAT_SECONDS" dotnet format whitespace --folder . --verify-no-changes \
  || fail "The format differs, or took over $FORMAT_SECONDS s. To mend: dotnet format whitespace --folder ."
timeout "$BUILD_SECONDS" dotnet restore Switch.sln --locked-mode -v q || fail "Restore failed."
timeout "$BUILD_SECONDS" dotnet build Switch.sln -c Release --no-restore -v q || fail "Build failed."

# --blame-hang names the test that hangs, where the outer timeout could only say that one does.
timeout "$TEST_SECONDS" dotnet test Switch.sln -c Release --no-build \
  --logger "console;verbosity=minimal" --logger trx --results-directory "$results" \
  --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none
code=$?

summary=$(.ci/count-results "$results")
counted=$?
if [ "$code" -ne 0 ] && [ "$counted" -eq 0 ]; then
  # A crash or a hang leaves results of the tests before it, and they may all have passed.
  echo "dotnet test ended with code $code without a failed test: it crashed, or ran out of time."
  summary=$(sed '$s/ 0 failed/ 1 failed/' <<<"$summary")
fi
echo "$summary"
[ "$code" -eq 0 ] && [ "$counted" -eq 0 ]
