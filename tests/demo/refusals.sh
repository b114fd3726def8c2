#!/usr/bin/env bash
# refusals.sh SOURCE BIN - tools/demo with a taken port, a stale pid file, a folder in use and another demo at work: each is
# reported within seconds, and nothing that is in use is deleted. Works in a copy of the tree's tools, without building.
set -uo pipefail
source=$1 bin=$2
work=$(mktemp -d /tmp/lb-demo-XXXXXX)
started=()
clean() { for pid in "${started[@]}"; do kill "$pid" 2>/dev/null; done; rm -rf "$work"; }
trap clean EXIT
mkdir -p "$work/tools" "$work/stubs" "$work/build/release" "$work/build/demo"
cp "$source/tools/demo" "$work/tools/demo"
printf '#!/bin/sh\nexit 0\n' >"$work/tools/setup"
cp "$work/tools/setup" "$work/stubs/cmake" # builds nothing
chmod +x "$work/tools/setup" "$work/stubs/cmake"
ln -s "$bin" "$work/build/release/bin"
PATH="$work/stubs:$PATH"
failed=0

# refuses WORDS: the demo fails within 10 s and prints WORDS
refuses() {
  local begin=$SECONDS said
  said=$(timeout 60 "$work/tools/demo" 2>&1) && { echo "FAILED: it should refuse: $1"; failed=1; }
  if [ $((SECONDS - begin)) -gt 10 ]; then echo "FAILED: $1: took $((SECONDS - begin)) s"; failed=1; fi
  if ! grep -q -e "$1" <<<"$said"; then printf "FAILED: no '%s' in:\n%s\n" "$1" "$said"; failed=1; fi
}

# A taken port, and the pid file of a process that is not a hub.
python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", 5710)); s.listen(1)
except OSError:
    pass # then somebody else has it: as good
time.sleep(100)' &
started+=($!)
echo $$ >"$work/build/demo/pid"
for tries in $(seq 100); do ss -ltn | grep -q ':5710 ' && break; sleep 0.05; done
refuses 'port 5710 is taken'

# A hub that uses the folder: its files stay.
printf '[listen]\ntcp = no\n' >"$work/hub.conf"
mkdir -p "$work/build/demo"
"$bin/landbridged" --data "$work/build/demo" --config "$work/hub.conf" 2>"$work/hub.log" &
hub=$!
started+=("$hub")
for tries in $(seq 200); do "$bin/landbridge" admin status --at "$work/build/demo" >/dev/null 2>&1 && break; sleep 0.05; done
echo kept >"$work/build/demo/witness"
refuses "works on build/demo already (process $hub)"
[ -f "$work/build/demo/witness" ] && [ -f "$work/build/demo/journal.db" ] || { echo "FAILED: the folder was deleted"; failed=1; }
kill -0 $hub 2>/dev/null || { echo "FAILED: the hub was ended"; failed=1; }
kill $hub && wait $hub 2>/dev/null

# Another demo between its steps, without a hub yet: the folder is not touched.
exec 8>"$work/build/demo.lock"
flock -n 8
refuses 'another demo is at work'
[ -f "$work/build/demo/witness" ] || { echo "FAILED: the folder of another demo was deleted"; failed=1; }
exit $failed
