#!/usr/bin/python3
"""interop - a client in another language, written from the .proto files and proto/README.md only.

Starts a hub on an empty folder, submits, follows live and by replay, asks for a track. Needs Debian's
python3-zmq and python3-protobuf. usage: interop.py LANDBRIDGED PROTO_FOLDER"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import zmq

landbridged, protos = sys.argv[1], pathlib.Path(sys.argv[2])
work = tempfile.TemporaryDirectory(prefix="landbridge-interop-")
data = pathlib.Path(work.name) / "data"
made = pathlib.Path(work.name) / "made"
made.mkdir()
subprocess.run(
    ["protoc", f"--proto_path={protos}", f"--python_out={made}"]
    + [f"landbridge/v1/{name}.proto" for name in ("common", "event", "report", "wire")],
    check=True, cwd=protos)
sys.path.insert(0, str(made))
from landbridge.v1 import common_pb2 as common  # noqa: E402
from landbridge.v1 import event_pb2 as event  # noqa: E402
from landbridge.v1 import report_pb2 as report  # noqa: E402
from landbridge.v1 import wire_pb2 as wire  # noqa: E402

WAIT_MS = 15000
CONTAINER = "LBKU2048176"
context = zmq.Context()


def start_hub():
    config = pathlib.Path(work.name) / "hub.conf"
    config.write_text("[listen]\ntcp = no\njt808 = off\n")
    data.mkdir(exist_ok=True)
    return subprocess.Popen([landbridged, "--data", data, "--config", config], stderr=subprocess.DEVNULL)


connected = []  # until the hub has stopped: it says goodbye to them


def connect(kind, name):
    socket = context.socket(kind)
    connected.append(socket)
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.RCVTIMEO, WAIT_MS)
    socket.connect(f"ipc://{data}/{name}.sock")
    return socket


def exchange(socket, request, answer):
    socket.send(request.SerializeToString())
    answer.ParseFromString(socket.recv())
    return answer


def gate_move(kind, at_us, key):
    one = event.CargoEvent(type=kind, classifier=common.CLASSIFIER_ACTUAL, mode=common.MODE_ROAD,
                           source_event_key=key)
    one.occurred.utc_us = at_us
    one.place.locode = "CNULZ"
    one.objects.add(kind=common.KIND_CONTAINER, id=CONTAINER, scheme=common.SCHEME_ISO6346,
                    role=common.ROLE_SUBJECT, size_type="45G1")
    return one


def submission(number, *moves):
    made_report = report.Report(magic="landbridge.report", party="INTEROP", events=moves)
    request = wire.Submit(schema_rev=3, source="interop", correlation=number)
    request.messages.add(message_id=f"m{number}", body=made_report.SerializeToString())
    return request


def replay_from(**entry):
    request = wire.ReplayRequest(schema_rev=3, credit=100)
    getattr(request, "from").entries.add(**entry)
    return request


def place(position):
    one = position.entries[0]
    return one.hub, one.epoch, one.number


def check(what, is_so):
    print(("ok    " if is_so else "WRONG ") + what)
    if not is_so:
        raise SystemExit(1)


def run():
    intake, query = connect(zmq.DEALER, "intake"), connect(zmq.DEALER, "query")
    replay, live = connect(zmq.DEALER, "replay"), connect(zmq.SUB, "live")
    live.setsockopt(zmq.SUBSCRIBE, b"e/")
    live.setsockopt(zmq.SUBSCRIBE, b"h")
    topic, body = live.recv_multipart()  # a heartbeat: the live socket is connected
    head = wire.Position.FromString(body).entries[0]
    check("the heartbeat comes, with the hub's id, its epoch and the head",
          topic == b"h" and head.hub > 0 and head.epoch > 0 and head.number == 0)

    start_us = 1773273600000000  # 2026-03-12T00:00:00Z
    first = submission(1, gate_move(common.EVENT_TYPE_GTIN, start_us, "in"))
    receipts = exchange(intake, first, wire.Receipts())
    check("the receipt says kept", receipts.correlation == 1 and
          receipts.receipts[0].result == wire.Receipt.RESULT_KEPT and receipts.receipts[0].first_seq == 1 and
          place(receipts.newest) == (head.hub, head.epoch, 1))
    receipts = exchange(intake, first, wire.Receipts())
    check("the same again is a duplicate", receipts.receipts[0].result == wire.Receipt.RESULT_DUPLICATE and
          receipts.receipts[0].first_seq == 1)

    deadline = time.monotonic() + WAIT_MS / 1000
    while topic == b"h" and time.monotonic() < deadline:
        topic, body = live.recv_multipart()
    seen = event.CargoEvent.FromString(body)
    check("the event comes live", topic.startswith(b"e/road/equipment/gtin") and seen.hub_seq == 1 and
          seen.hub_epoch == head.epoch)

    second = submission(2, gate_move(common.EVENT_TYPE_LOAD, start_us + 3600 * 10**6, "load"))
    written = exchange(intake, second, wire.Receipts()).newest
    batch = exchange(replay, replay_from(number=1), wire.ReplayBatch())
    numbers = [event.CargoEvent.FromString(e).hub_seq for e in batch.events]
    check("replay gives every number, in order", numbers == [1, 2] and place(batch.next) == (head.hub, head.epoch, 3))
    batch = exchange(replay, replay_from(hub=head.hub, epoch=head.epoch, number=2), wire.ReplayBatch())
    check("replay goes on from a position", len(batch.events) == 1 and place(batch.next)[2] == 3)
    batch = exchange(replay, replay_from(hub=head.hub, epoch=head.epoch - 1, number=2), wire.ReplayBatch())
    check("an epoch that the journal does not know is reset",
          batch.error == "RESET" and place(batch.reset) == (head.hub, head.epoch, 1))
    batch = exchange(replay, replay_from(hub=head.hub % 1000 + 1, number=2), wire.ReplayBatch())
    check("a position of another hub is refused", batch.error == "FOREIGN" and batch.text != "")

    ask = wire.Query(schema_rev=3, correlation=7, ask=wire.Query.ASK_TRACK,
                     track=wire.TrackQuery(reference=CONTAINER))
    ask.at_least.CopyFrom(written)
    answer = exchange(query, ask, wire.Answer())
    check("the answer says its place, with hub and epoch", place(answer.as_of) == (head.hub, head.epoch, 2))
    types = {m.type for t in answer.track.tracks for m in t.milestones}
    check("the status is a word of the enumeration",
          answer.track.tracks[0].status == common.CARGO_STATUS_IN_TERMINAL)
    check("the track has what was written", answer.correlation == 7 and
          {common.EVENT_TYPE_GTIN, common.EVENT_TYPE_LOAD} <= types)

    status = exchange(query, wire.Query(schema_rev=3, correlation=8, ask=wire.Query.ASK_STATUS), wire.Answer()).status
    check("the status says where journal and view are, and that nothing is wrong",
          place(status.head) == (head.hub, head.epoch, 2) == place(status.view) and
          not (status.fenced or status.journal_damaged or status.follower_ahead or status.findings))
    add = wire.Query(schema_rev=3, correlation=9, ask=wire.Query.ASK_PARTY_ADD)
    add.party_add.name, add.party_add.roles[:] = "interop", [common.PARTY_CARRIER, common.PARTY_SHIPPER]
    party = exchange(query, add, wire.Answer()).parties.parties[0]
    check("a party has the roles that it was given", list(party.roles) == [common.PARTY_CARRIER, common.PARTY_SHIPPER])
    listing = wire.Query(schema_rev=3, correlation=10, ask=wire.Query.ASK_AUDIT_LIST)
    notes = exchange(query, listing, wire.Answer()).audit.notes
    check("the audit log has the change as an enumeration",
          any(n.action == common.ACTION_CHANGE and n.ask == wire.Query.ASK_PARTY_ADD and n.outcome == common.OUTCOME_OK
              for n in notes))

    garbage = wire.Submit(schema_rev=3, source="interop", correlation=3)
    garbage.messages.add(body=b"\x00\x01 what is this")
    refused = exchange(intake, garbage, wire.Receipts()).receipts[0]
    check("garbage is refused with a reason and kept in quarantine",
          refused.result == wire.Receipt.RESULT_REFUSED and refused.next_step == "SENDER_FIX" and
          refused.quarantine_id > 0 and refused.error != "")
    unknown = exchange(query, wire.Query(schema_rev=3, correlation=8, ask=wire.Query.ASK_TRACK,
                                         track=wire.TrackQuery(reference="NONE0000000")), wire.Answer())
    check("an unknown reference is said to be unknown", unknown.error == "NOT_FOUND")


hub = start_hub()
try:
    run()
finally:
    hub.send_signal(signal.SIGTERM)
    code = hub.wait(timeout=20)
check("the hub stops cleanly", code == 0)
context.destroy(linger=0)
