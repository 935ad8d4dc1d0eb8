#!/usr/bin/env bash
# The journal against the kernel, whole: what ./test.sh runs in a minute. Loopback and temporary folders only; ends by itself.
# usage: Switch.Tests/Journal/fault-loops.sh [seconds of the kill loop, 1800] [failed syncs, 20] [power cuts, 20]
# The kill loop goes through pwrite64, fdatasync, fsync, renameat, fallocate, ftruncate and unlinkat, n = 1, 2, 3 ... each until a
# life ends by itself. Power cuts need root and loop devices, and are skipped by name without.
set -uo pipefail
cd "$(dirname "$0")/../.."
export SWITCH_KILL_SECONDS="${1:-1800}" SWITCH_EIO_ROUNDS="${2:-20}" SWITCH_POWER_ROUNDS="${3:-20}"
dotnet build Switch.Tests -c Release -v q || exit 1
timeout $((SWITCH_KILL_SECONDS + 3600)) dotnet test Switch.Tests -c Release --no-build \
  --filter "FullyQualifiedName~JournalFaultTests" --logger "console;verbosity=detailed"
