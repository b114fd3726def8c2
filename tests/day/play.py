#!/usr/bin/python3
"""play - a small day through the sockets of a real hub: `landbridge play` over sockets and the gate of truck
terminals. Every message is kept, known already or refused; what the hub counted is what the day holds.
usage: play.py FOLDER_OF_PROGRAMS"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

bins = pathlib.Path(sys.argv[1])
yesterday = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 24 * 3600))


def landbridge(*words):
    run = subprocess.run([bins / "landbridge", *words], capture_output=True, text=True, timeout=120)
    if run.returncode != 0:
        sys.exit(f"landbridge {' '.join(map(str, words))}: exit {run.returncode}\n{run.stdout}{run.stderr}")
    return run.stdout


def counts(truth):
    """format -> messages that must be kept, from lines such as: messages FORMAT normal N ... late N"""
    kept = {}
    for line in truth.read_text().splitlines():
        words = line.split()
        if words[0] == "messages":
            kept[words[1]] = int(words[3]) + int(words[9])
    return kept


with tempfile.TemporaryDirectory(prefix="landbridge-play-") as folder:
    folder = pathlib.Path(folder)
    day, data, config = folder / "day", folder / "data", folder / "hub.conf"
    subprocess.run([bins / "landbridge-day", "--seed", "7", "--day", yesterday, "--out", day, "--small"],
                   check=True, capture_output=True)
    data.mkdir()
    (day / "sources").rename(data / "sources")
    config.write_text("[listen]\nintake = 0\nquery = 0\nlive = 0\nreplay = 0\njt808 = 0\n")
    hub = subprocess.Popen([bins / "landbridged", "--data", data, "--config", config], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not (data / "query.sock").exists() and time.monotonic() < until:
            time.sleep(0.02)
        print(landbridge("play", day, "--at", data))
        feeds = [json.loads(line) for line in landbridge("feeds", "--at", data, "--json").splitlines()]
        feeds = [f for f in feeds if "source" in f]  # the other lines are what each party fills
        verdict = landbridge("admin", "verify", "--at", data)
    finally:
        hub.send_signal(signal.SIGTERM)
        code = hub.wait(timeout=30)
    messages = counts(day / "truth.txt")
    trucks = messages.pop("road.jt808")
    want = sum(messages.values())
    gate = next((f for f in feeds if f["source"] == "jt808"), {"messages": 0})
    kept = sum(f["messages"] - f.get("duplicates", 0) - f.get("refused", 0) for f in feeds if f is not gate)
    by_gate = gate["messages"] - gate.get("duplicates", 0)
    print(f"kept {kept} of {want} whole messages, {by_gate} of the {trucks} frames of trucks; {verdict.strip()}")
    # logins and heartbeats of the terminals are answered at the gate and are not kept
    if kept != want or not 0.9 * trucks < by_gate <= trucks or gate.get("refused", 0) > 0 or code != 0:
        sys.exit(f"WRONG: exit code of the hub {code}")
