#!/usr/bin/env bash
# run.sh BIN - a hub with the gate echo: its port, receipts, counters, reserved name, thread, start and end.
set -euo pipefail
bin=$1
run=$(mktemp -d /tmp/lb-echo-XXXXXX)
hub=
finish() {
  [ -z "$hub" ] || kill "$hub" 2>/dev/null || true
  rm -rf "$run"
}
trap finish EXIT
fail() { echo "$*; $(tail -n 8 "$run/log")" >&2; exit 1; }

{
  echo "[listen]"
  printf '%s = off\n' intake query live replay jt808 curve_intake curve_query curve_live curve_replay
  echo "echo = 0"
} >"$run/hub.conf"
"$bin/landbridged" --data "$run/data" --config "$run/hub.conf" 2>"$run/log" &
hub=$!
for _ in $(seq 100); do
  port=$(sed -n 's|^echo = tcp://127.0.0.1:||p' "$run/data/endpoints" 2>/dev/null || true)
  [ -z "$port" ] || break
  sleep 0.1
done
[ -n "${port:-}" ] || fail "the hub does not report where the gate listens"
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf 'FSU/14\r\n784-30418264PVGURC/T24K812.5\r\nNFD/12MAR1030/URC/T24K812.5\r\n' >"$run/message"
cat "$run/message" >&3 # one write: a line at a time it could be read in parts
read -r said <&3
exec 3>&-
[ "$said" = KEPT ] || fail "the message was not kept: $said"
"$bin/landbridge" feeds --at "$run/data" >"$run/feeds" 2>&1 || fail "feeds: $(cat "$run/feeds")"
grep -q '^gate echo: messages 1 kept 1$' "$run/feeds" || fail "no counters: $(cat "$run/feeds")"
if "$bin/landbridge" admin party add echo CARRIER --at "$run/data" >"$run/party" 2>&1; then
  fail "a party may have the name of the gate"
fi
ps -L -o comm= -p "$hub" | grep -qx echo || fail "no thread of its name"
kill "$hub"
wait "$hub" || fail "the hub did not end well"
hub=
