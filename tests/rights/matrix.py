#!/usr/bin/python3
"""matrix - every event type x every way to name a thing x covered or not x role of the sender, against a model.

The model is below and knows nothing of the hub's code but the list of event types: what an event touches
(`effects`), who covers what (`covers`), and therefore which answers must stay as they were, byte for byte, and what
must be seen in the others. The hub is tests/rights/rights_rpc, one process.

usage: matrix.py RIGHTS_DESK EVENT_TYPES_DEF [--sample N] [--believe]    --sample: each N-th type only;
       --believe plants a fault: the sender's messages come without a key, so the model must disagree"""
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

HOUR = 3600 * 1000000
DAY = 1773273600000000  # 2026-03-12T00:00:00Z
NOW = DAY + 30 * HOUR
AT = DAY + 10 * HOUR  # the event of each case
GRANTS = """\
OWNER CARRIER format:hub.report source:src-owner for:container:VICU* for:train:X1@* for:wagon:3333* for:truck:新V*
 for:bkg:BKV for:party:PTYV for:place:CNULZ for:resource:X1@* for:resource:BAN:V
SENDER CARRIER format:hub.report source:src-sender for:container:OWNU* for:train:Y1@* for:truck:新S* for:bkg:BKS
 for:hawb:HS1 for:place:CNCJS for:resource:Y1@* for:resource:BAN:S
SECOND CARRIER format:hub.report source:src-second for:bkg:BKSECOND
CHIEF OPERATOR
BUYER SHIPPER see:bkg:BKV see:container:VICU1000001
STRANGER SHIPPER see:bkg:BKOTHER
READER INTEGRATOR topic:e/
CHECKER AUDITOR
"""
SECRETS = ("src-owner", "SECRETSEAL", "PTYV", "新V00009")  # no answer to the sender shows one of these


def thing(kind, scheme, number, **more):
    return {"kind": kind, "scheme": scheme, "id": number, **more}


def box(number):
    return thing("CONTAINER", "ISO6346", number, milli_teu=2000)


# The owner's objects and the sender's own: the same kinds on both sides.
OWNERS = {"box": box("VICU1000001"), "other": box("VICU1000002"), "train": thing("TRAIN", "TRAIN_NO_DATE", "X1@2026-03-12"),
          "truck": thing("TRUCK", "PLATE", "新V00001"), "wagon": thing("WAGON", "UIC12", "333300000011"),
          "ref": {"scheme": "BKG", "value": "BKV"}, "resource": "X1@2026-03-12", "ban": "BAN:V", "place": "CNULZ"}
SENDERS = {"box": box("OWNU1000001"), "other": box("OWNU1000002"), "train": thing("TRAIN", "TRAIN_NO_DATE", "Y1@2026-03-12"),
           "truck": thing("TRUCK", "PLATE", "新S00001"), "ref": {"scheme": "BKG", "value": "BKS"},
           "resource": "Y1@2026-03-12", "ban": "BAN:S", "place": "CNCJS", "paper": thing("CONSIGNMENT", "HAWB", "HS1")}


def key(one):
    """The key of an object or reference in queries."""
    if "value" in one:
        return f"{one['scheme'].lower()}:{one['value']}"
    word = one["scheme"].lower() if one["kind"] == "CONSIGNMENT" else one["kind"].lower()
    return f"{word}:{one['id']}"


# -- the model: the effects of an event -----------------------------------------------------------------------------
# the association that an ACTUAL event of a type implies between its SUBJECT and an object of another role
IMPLIED = {"LOAD": [("MEANS", "ADD"), ("UNIT", "OBSERVE")], "DISC": [("MEANS", "DELETE"), ("UNIT", "OBSERVE")],
           "GTIN": [("MEANS", "DELETE")], "GTOT": [("MEANS", "ADD")], "GAUG": [("MEANS", "ADD")],
           "STUF": [("UNIT", "ADD")], "STRP": [("UNIT", "DELETE")], "DEPA": [("MEANS", "OBSERVE"), ("UNIT", "OBSERVE")],
           "ARRI": [("MEANS", "OBSERVE")], "PASS": [("MEANS", "OBSERVE")], "RCVD": [("UNIT", "OBSERVE")]}
YARD_MOVES = {"GTIN", "GTOT", "LOAD", "DISC", "STOR", "RMVD", "YMOV"}
AT_PLACES = {"BAN", "BORDER"}  # resources that act on the places that they name

Effect = collections.namedtuple("Effect", "what of needs detail")  # of: keys that it changes; needs: keys to be covered


def associations(event):
    """(action, parent, child, closed) of stated associations and those implied by the type."""
    said = [(a["action"], key(a["parent"]), key(a["child"]), a.get("closed_world", False)) for a in event.get("assoc", [])]
    for role, action in IMPLIED.get(event["type"], []):
        for parent in (o for o in event.get("objects", []) if o["role"] == role):
            for child in (o for o in event["objects"] if o["role"] == "SUBJECT"):
                if event["type"] in ("GTIN", "GTOT") and parent["kind"] not in ("TRUCK", "TRAILER"):
                    continue
                if (key(parent), key(child)) not in [(s[1], s[2]) for s in said]:
                    said.append((action, key(parent), key(child), False))
    return said


def effects(event):
    found = []
    place = event.get("place", {}).get("locode")
    for o in event.get("objects", []):
        if o["role"] == "SUBJECT" or (event["type"] == "ASSO" and o["role"] == "UNIT"):
            found.append(Effect("POSITION" if event["type"] == "PING" else "STORY", {key(o)}, {key(o)}, None))
            if place and event["type"] in YARD_MOVES and o["kind"] == "CONTAINER":
                found.append(Effect("YARD", {"yard:" + place}, {key(o), "place:" + place}, key(o)))
        if o["role"] == "SUBJECT":
            for r in event.get("refs", []):
                found.append(Effect("LINK", {key(o), key(r)}, {key(o), key(r)}, None))
    for action, parent, child, closed in associations(event):
        found.append(Effect("WITHIN", {child}, {child}, (action, parent)))
        found.append(Effect("CONTENT", {parent}, {child, parent}, None))
        if closed:
            found.append(Effect("LIST", {parent}, {parent}, child))
    if "cap" in event:
        needs = {"resource:" + event["cap"]["id"]}
        where = event["cap"].get("from", {}).get("locode")
        if event["cap"]["kind"] in AT_PLACES and where:
            needs.add("place:" + where)
        found.append(Effect("CAPACITY", {"resource:" + event["cap"]["id"]} | ({"place:" + where} if where else set()), needs, None))
    return found


SENDER_COVERS = re.compile(r"(container:OWNU|train:Y1@|truck:新S|bkg:BKS$|hawb:HS1$|place:CNCJS$|resource:Y1@|resource:BAN:S$)")


def covers(sender, needs):
    return sender in ("CHIEF", "-") or all(SENDER_COVERS.match(need) for need in needs)


def is_owners(name):
    """Does the key belong to the owner's side?"""
    return bool(re.search(r"VICU|X1@|新V|3333|BKV|PTYV|CNULZ|BAN:V", name))


# -- the cases ----------------------------------------------------------------------------------------------------
def bare(code):
    event = {"type": code, "classifier": "ACTUAL", "mode": "ROAD", "occurred": {"utc_us": AT}}
    if code == "PING":
        event["pos"] = {"lat_e7": 438000000, "lon_e7": 876000000}
    return event


def as_role(one, role):
    return {**one, "role": role}


def by_subject(x):
    return {"objects": [as_role(x["box"], "SUBJECT")], "cond": {"fill": "EMPTY", "seals": ["SENDERSEAL"]}}


def by_unit(x):
    return {"objects": [as_role(SENDERS["paper"], "SUBJECT"), as_role(x["other"], "UNIT")]}


def by_means(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT"), as_role(x["truck"], "MEANS")]}


def by_other(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT"), as_role(x["other"], "OTHER")]}


def by_parent(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")],
            "assoc": [{"action": "ADD", "parent": x["train"], "child": SENDERS["box"]}]}


def by_child(x):
    return {"objects": [as_role(SENDERS["truck"], "SUBJECT")],
            "assoc": [{"action": "ADD", "parent": SENDERS["truck"], "child": x["box"]}]}


def by_closed_list(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")],
            "assoc": [{"action": "ADD", "closed_world": True, "parent": x["train"], "child": SENDERS["box"]}]}


def by_resource(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")],
            "cap": {"kind": "DEPARTURE", "id": x["resource"],
                    "lines": [{"unit": "MILLI_TEU", "state": "BOOKED", "quantity": 7000}]}}


def by_place(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")], "place": {"locode": x["place"]}}


def by_ban(x):
    """The resource is the sender's, the place where it acts is not."""
    return {"cap": {"kind": "BAN", "id": "BAN:S", "from": {"locode": x["place"]}, "window_from_us": DAY,
                    "window_until_us": DAY + 96 * HOUR}}


def by_reference(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")], "refs": [x["ref"]]}


def by_retraction(x):
    return {"correction": "RETRACTS", "source_event_key": "KEY-OWNER" if x is OWNERS else "KEY-SENDER", "revision": 9}


def by_sheet(x):
    return {"objects": [as_role(SENDERS["box"], "SUBJECT")],
            "assoc": [{"action": "ADD", "closed_world": True, "parent": x["train"], "child": SENDERS["box"]}],
            "sheet": {"list": "LIST", "number": 1, "is_last": True}}


WAYS = [by_subject, by_unit, by_means, by_other, by_parent, by_child, by_closed_list, by_resource, by_place, by_ban,
        by_reference, by_retraction, by_sheet]


def report(party, *events):
    return json.dumps({"magic": "landbridge.report", "party": party, "events": list(events)}, ensure_ascii=False)


def told(code, hour, **more):
    return {**bare(code), "occurred": {"utc_us": DAY + hour * HOUR}, **more}


def world():
    """The reports of both sides before the case."""
    v, s = OWNERS, SENDERS
    sealed = {"fill": "LADEN", "seals": ["SECRETSEAL"]}
    line = [{"unit": "MILLI_TEU", "state": "NOMINAL", "quantity": 100000}, {"unit": "MILLI_TEU", "state": "BOOKED", "quantity": 10000}]
    owner = [
        told("GTIN", 1, objects=[as_role(v["box"], "SUBJECT"), as_role(v["truck"], "MEANS")], place={"locode": "CNULZ"}, cond=sealed),
        told("GTIN", 1, objects=[as_role(v["other"], "SUBJECT"), as_role(v["truck"], "MEANS")], place={"locode": "CNULZ"}),
        told("BKDC", 1, objects=[as_role(v["box"], "SUBJECT")], refs=[v["ref"], {"scheme": "PARTY", "value": "PTYV"}]),
        told("LOAD", 2, objects=[as_role(v["box"], "SUBJECT"), as_role(v["wagon"], "MEANS")], place={"locode": "CNULZ"}),
        told("FORM", 3, objects=[as_role(v["train"], "SUBJECT")], assoc=[
            {"action": "ADD", "closed_world": True, "parent": v["train"], "child": v["wagon"]},
            {"action": "ADD", "closed_world": True, "parent": v["train"], "child": v["other"]}]),
        told("DEPA", 4, objects=[as_role(v["train"], "SUBJECT")], place={"locode": "CNULZ"}),
        told("DLAY", 5, objects=[as_role(v["train"], "SUBJECT")], source_event_key="KEY-OWNER", exc={"delay_s": 600}),
        told("SNAP", 2, cap={"kind": "DEPARTURE", "id": v["resource"], "from": {"locode": "CNULZ"}, "departs_us": NOW + HOUR, "lines": line}),
        told("PING", 5, objects=[as_role(v["truck"], "SUBJECT")], pos={"lat_e7": 438167000, "lon_e7": 876000000}),
    ]
    sender = [
        told("STOR", 1, objects=[as_role(s["box"], "SUBJECT")], place={"locode": "CNCJS"}, cond={"fill": "LADEN"}),
        told("STOR", 1, objects=[as_role(s["other"], "SUBJECT")], place={"locode": "CNCJS"}),
        told("FORM", 3, objects=[as_role(s["train"], "SUBJECT")],
             assoc=[{"action": "ADD", "closed_world": True, "parent": s["train"], "child": s["other"]}]),
        told("DLAY", 5, objects=[as_role(s["train"], "SUBJECT")], source_event_key="KEY-SENDER", exc={"delay_s": 600}),
        told("SNAP", 2, cap={"kind": "DEPARTURE", "id": s["resource"], "from": {"locode": "CNCJS"}, "departs_us": NOW + HOUR, "lines": line}),
    ]
    return [("OWNER", "src-owner", report("OWNER", *owner)), ("SENDER", "src-sender", report("SENDER", *sender))]


# -- the hub ------------------------------------------------------------------------------------------------------
class Desk:
    def __init__(self, program, grants):
        self.run = subprocess.Popen([program, grants], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def many(self, lines):
        self.run.stdin.write("".join(line + "\n" for line in lines))
        self.run.stdin.flush()
        return [self.run.stdout.readline().rstrip("\n") for _ in lines]

    def message(self, party, source, body, at=DAY + 12 * HOUR, number=""):
        return f"send\t{party}\t{source}\t{at}\t{number}\t{body}"

    def begin(self):
        return ["clear"] + [self.message(*one) for one in world()]


def question(party, ask, about, **more):
    """The request of a question has its name, as asks.def says."""
    member = {"TRACK": "reference", "YARD": "place", "DEPARTURES": "from", "CAPACITY": "resource"}[ask]
    if ask == "CAPACITY" and about.endswith(":"):
        member, about = "kind", about[:-1]
    query = {"ask": ask, ask.lower(): {member: about, **more}}
    return f"ask\t{party}\t{NOW}\t{json.dumps(query, ensure_ascii=False)}"


def probes():
    """(asking party, kind of query, reference)"""
    v, s = OWNERS, SENDERS
    found = [("CHIEF", "TRACK", key(x)) for x in
             (v["box"], v["other"], v["train"], v["wagon"], v["truck"], v["ref"],
              s["box"], s["other"], s["train"], s["truck"], s["ref"], s["paper"])]
    found += [("CHIEF", "CAPACITY", v["resource"]), ("CHIEF", "CAPACITY", s["resource"]), ("CHIEF", "YARD", "CNULZ"),
              ("CHIEF", "YARD", "CNCJS"), ("CHIEF", "DEPARTURES", "CNULZ"), ("CHIEF", "CAPACITY", "BAN:")]
    found += [("OWNER", "TRACK", key(v["box"])), ("OWNER", "TRACK", key(v["train"])), ("OWNER", "TRACK", key(v["truck"]))]
    found += [("BUYER", "TRACK", "bkg:BKV"), ("BUYER", "TRACK", key(v["box"])), ("BUYER", "CAPACITY", v["resource"]),
              ("BUYER", "TRACK", key(s["box"]))]
    found += [("SENDER", "TRACK", key(x)) for x in (s["box"], s["train"], s["truck"], s["ref"], v["box"], v["train"], v["truck"], v["ref"])]
    found += [("STRANGER", "TRACK", key(v["box"])), ("STRANGER", "TRACK", "bkg:BKV"), ("STRANGER", "TRACK", key(s["box"]))]
    return found


PROBES = probes()
QUESTIONS = [question(*p, all_cycles=True) if p[1] == "TRACK" else question(*p) for p in PROBES]


# Third-party reports are queried separately.
REPORTED = [key(OWNERS[x]) for x in ("box", "other", "train", "truck")]
WITH_REPORTS = [question("CHIEF", "TRACK", about, with_reports=True) for about in REPORTED]
OF_EACH = 20


def without_numbers(answer):
    return re.sub(r'"as_of":\{"entries":\[[^\]]*\]\},?', "", answer)


# -- expected answers --------------------------------------------------------------------------------------------
def track(answers, about):
    tracks = json.loads(answers[PROBES.index(("CHIEF", "TRACK", about))]).get("track", {}).get("tracks", [])
    return next((t for t in tracks if t["object"] == about), None)


def is_story_shown(code, family):
    """Capacity belongs to resources; an association alone is no milestone."""
    return family != "CAPACITY" and code != "ASSO"


def miss(effect, event, family, answers):
    """The missing trace of a covered effect in the operator's answers; None: it is there."""
    code = event["type"]
    if effect.what == "STORY" and is_story_shown(code, family):
        t = track(answers, next(iter(effect.of)))
        if t is None or not any(m["type"] == code and m["occurred_us"] == AT for m in t.get("milestones", [])):
            return f"no milestone {code} of {effect.of}"
    if effect.what == "POSITION":
        t = track(answers, next(iter(effect.of)))
        if t is None or t.get("position_us") != AT:
            return f"no position of {effect.of}"
    if effect.what == "WITHIN":
        child, (action, parent) = next(iter(effect.of)), effect.detail
        t = track(answers, child)
        is_in = t is not None and any(y["parent"] == parent and "until_us" not in y for y in t.get("stays", []))
        left_at_once = code in ("STRP", "DLVR") or (code == "GTIN" and "truck" in parent) or (code == "DISC" and "train" in parent)
        if not child.startswith(("truck:", "train:")) and not left_at_once and is_in != (action != "DELETE"):
            return f"{child} {'not ' if action != 'DELETE' else 'still '}in {parent}"
    if effect.what == "LINK" and not any(k in effect.of for k in ("party:PTYV",)):
        reference = next(k for k in effect.of if k.startswith("bkg:"))
        subject = next(k for k in effect.of if k != reference)
        if track_of_reference(answers, reference, subject) is None and code != "PING":
            return f"{reference} does not find {subject}"
    if effect.what == "LIST":
        other = "VICU1000002" if is_owners(next(iter(effect.of))) else "OWNU1000002"
        t = track(answers, "container:" + other)
        if t is not None and any(y["parent"] in effect.of and "until_us" not in y for y in t.get("stays", [])):
            return f"{other} is still in {effect.of}"
    if effect.what == "YARD" and code in ("GTIN", "STOR"):
        place = next(iter(effect.of))[5:]
        items = json.loads(answers[PROBES.index(("CHIEF", "YARD", place))]).get("yard", {}).get("items", [])
        if not any(i["object"] == effect.detail for i in items):
            return f"{effect.detail} is not in the yard of {place}"
    if effect.what == "CAPACITY" and code == "SNAP" and event["cap"]["kind"] == "DEPARTURE":
        units = json.loads(answers[PROBES.index(("CHIEF", "CAPACITY", event["cap"]["id"]))])["capacity"]["resources"][0]["units"]
        if units[0].get("booked") != 7000:
            return f"{event['cap']['id']} has {units[0]}"
    return None


def track_of_reference(answers, reference, subject):
    tracks = json.loads(answers[PROBES.index(("CHIEF", "TRACK", reference))]).get("track", {}).get("tracks", [])
    return next((t for t in tracks if t["object"] == subject), None)


def names_in(probe):
    return f"{probe[1]} {probe[2]}"


def misreported(event, sender, answers, tally):
    """Uncovered effects of a carrier on the owner's cargo become third-party reports, shown on request."""
    if sender != "SENDER":
        return []
    found = []
    for e in effects(event):
        about = next(iter(e.of))
        if e.what not in ("STORY", "POSITION", "WITHIN") or covers(sender, e.needs) or about not in REPORTED:
            continue
        tracks = json.loads(answers[REPORTED.index(about)]).get("track", {}).get("tracks", [])
        tally["reports"] += 1
        told_by = [r.get("party") for t in tracks for r in t.get("reports", []) if r["type"] == event["type"]]
        if told_by != ["SENDER"]:
            found.append(f"report: {about} has {told_by} of {event['type']}")
    return found


def differences(was, now, path=""):
    """Paths in two answers that differ."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [d for k in sorted(was.keys() | now.keys()) for d in differences(was.get(k), now.get(k), f"{path}.{k}")]
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return [d for i, (a, b) in enumerate(zip(was, now)) for d in differences(a, b, f"{path}[{i}]")]
    return [] if was == now else [f"{path[1:]}: {json.dumps(was)} -> {json.dumps(now)}"]


def shown(was, now):
    return "; ".join(d[:200] for d in differences(json.loads(was), json.loads(now))[:4])


def judge(event, family, sender, before, after):
    """All differences from the model."""
    found = []
    covered = [e for e in effects(event) if covers(sender, e.needs)]
    touches_owner = any(is_owners(name) for e in covered for name in e.of)
    for probe, was, now in zip(PROBES, before, after):
        is_public = probe[1] in ("DEPARTURES",) or probe[2] == "BAN:"
        is_foreign = is_owners(probe[2]) or probe[0] == "STRANGER" or (probe[0] == "BUYER" and not is_public)
        may_change = touches_owner and probe[0] != "STRANGER"
        if is_public:
            may_change = any(e.what in ("CAPACITY", "STORY", "LIST") for e in covered)
        if (is_foreign or is_public) and not may_change and was != now:
            found.append(f"changed: {probe}: {shown(was, now)}")
        if probe[0] == "SENDER" and sender == "SENDER":
            told_of = [secret for secret in SECRETS if secret in now]
            if told_of:
                found.append(f"read: {told_of} by {probe}: {now[:900]}")
            if is_owners(probe[2]) and '"tracks"' in now:
                found.append(f"read: {probe}: {now[:900]}")
    found += [f"missing: {m}" for m in (miss(e, event, family, after) for e in covered) if m]
    return found


# -- running ------------------------------------------------------------------------------------------------------
def event_types(path):
    return re.findall(r"^LB_EVENT_TYPE\((\w+), (\w+),", path.read_text(), re.M)


def run_case(bench, way, code, family, x, sender, believed):
    event = {**bare(code), **way(x)}
    source = "src-sender" if sender == "SENDER" else "chief-bench"
    party = "-" if believed else sender
    lines = bench.begin() + [bench.message(party, source, report(sender if sender != "-" else "LOCAL", event)), "flush"] + QUESTIONS + WITH_REPORTS
    said = bench.many(lines)
    answers = said[len(lines) - len(QUESTIONS) - len(WITH_REPORTS):]
    receipt = said[len(bench.begin())]
    return event, receipt, [without_numbers(a) for a in answers[:len(QUESTIONS)]], answers[len(QUESTIONS):]


def run_matrix(bench, types, believed):
    before = [without_numbers(a) for a in bench.many(bench.begin() + ["flush"] + QUESTIONS)[len(bench.begin()) + 1:]]
    tally, wrong = collections.Counter(), []
    for family, code in types:
        for way in WAYS:
            for is_covered, x in ((True, SENDERS), (False, OWNERS)):
                for sender in ("SENDER", "CHIEF", "-"):
                    event, receipt, after, reports = run_case(bench, way, code, family, x, sender, believed and sender == "SENDER")
                    tally["cases"] += 1
                    tally["effects"] += len(effects(event))
                    tally["covered effects"] += sum(covers(sender, e.needs) for e in effects(event))
                    tally["answers"] += len(after)
                    found = [f"receipt {receipt}"] if not receipt.startswith("READ") else []
                    found += judge(event, family, sender, before, after) + misreported(event, sender, reports, tally)
                    if found:
                        wrong.append((code, way.__name__, "own" if is_covered else "foreign", sender, event, found))
    return tally, wrong


def run_silent_roles(bench, types):
    """A party that may not send changes nothing, whatever it sends."""
    before = [without_numbers(a) for a in bench.many(bench.begin() + ["flush"] + QUESTIONS)[len(bench.begin()) + 1:]]
    lines, wrong = [], []
    for family, code in types:
        for way in WAYS:
            for x in (SENDERS, OWNERS):
                for sender in ("BUYER", "READER", "CHECKER", "NOBODY"):
                    lines.append(bench.message(sender, sender, report(sender, {**bare(code), **way(x)})))
    for i in range(0, len(lines), 20):
        wrong += [f"receipt {r}" for r in bench.many(lines[i:i + 20]) if not r.startswith("DENIED")]
    after = [without_numbers(a) for a in bench.many(["flush"] + QUESTIONS)[1:]]
    return len(lines), wrong + [f"changed by who may not send: {p}" for p, a, b in zip(PROBES, before, after) if a != b]


def run_reports(bench):
    """More reports than are shown, of two carriers about one container of the owner: nothing of them, not even a count,
    unless requested; then the newest of each, and how many more; only to parties that see the container."""
    about = key(OWNERS["box"])
    plain = [question(who, "TRACK", about) for who in ("CHIEF", "OWNER", "BUYER", "SENDER", "STRANGER")]
    asked = [question(who, "TRACK", about, with_reports=True) for who in ("CHIEF", "OWNER", "BUYER", "SENDER", "STRANGER")]
    before = [without_numbers(a) for a in bench.many(bench.begin() + ["flush"] + plain)[-len(plain):]]
    lines, times = [], {"SENDER": 25, "SECOND": 23}
    for party, count in times.items():
        for i in range(count):
            event = {**bare("MEAS"), "occurred": {"utc_us": DAY + 6 * HOUR + i}, "objects": [as_role(OWNERS["box"], "SUBJECT")]}
            lines.append(bench.message(party, "src-" + party.lower(), report(party, event)))
    said = bench.many(lines + ["flush"] + plain + asked)[len(lines) + 1:]
    wrong = [f"reports are seen unasked: {shown(b, without_numbers(a))}" for a, b in zip(said, before) if without_numbers(a) != b]
    for who, answer in zip(("CHIEF", "OWNER", "BUYER"), said[len(plain):]):
        track = json.loads(answer)["track"]["tracks"][0]
        reports, omitted = track.pop("reports", []), track.pop("omitted", [])
        for party, count in times.items():
            newest = [r["occurred_us"] - DAY - 6 * HOUR for r in reports if r["party"] == party]
            if sorted(newest) != list(range(count - OF_EACH, count)):
                wrong.append(f"{who} is shown {sorted(newest)} of {count} reports of {party}")
        if {u["party"]: u["count"] for u in omitted} != {p: c - OF_EACH for p, c in times.items()}:
            wrong.append(f"{who} is told of more: {omitted}")
        if track != json.loads(said[("CHIEF", "OWNER", "BUYER").index(who)])["track"]["tracks"][0]:
            wrong.append(f"asking for reports shows {who} another track")
    wrong += [f"reports are shown to {who}" for who, a in zip(("SENDER", "STRANGER"), said[len(plain) + 3:]) if '"tracks"' in a]
    return wrong


def main():
    desk_program, types_file = sys.argv[1], pathlib.Path(sys.argv[2])
    step = int(sys.argv[sys.argv.index("--sample") + 1]) if "--sample" in sys.argv else 1
    show = int(sys.argv[sys.argv.index("--show") + 1]) if "--show" in sys.argv else 5
    types = event_types(types_file)[::step]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as grants:
        grants.write(GRANTS)
        grants.flush()
        bench = Desk(desk_program, grants.name)
        tally, wrong = run_matrix(bench, types, "--believe" in sys.argv)
        refused, unsaid = run_silent_roles(bench, types)
        unsaid += run_reports(bench)
        bench.run.stdin.close()
        bench.run.wait()
    kinds = collections.Counter((w[1], w[2], w[3], f.split(":")[0]) for w in wrong for f in w[5][:1])
    for kind, count in sorted(kinds.items()):
        print(f"  {count:4} x {' '.join(kind)}")
    for code, way, whose, sender, event, found in wrong[:show]:
        print(f"WRONG {code} {way} {whose} by {sender}: {json.dumps(event, ensure_ascii=False)}")
        for line in found[:3]:
            print("   ", line)
    for line in unsaid[:5]:
        print("WRONG", line)
    print(f"{len(types)} event types, {len(WAYS)} ways to name a thing, own or foreign, 7 roles: {tally['cases']} cases with "
          f"{tally['effects']} effects, {tally['covered effects']} of them covered; {tally['answers']} answers, {tally['reports']} reports asked for; "
          f"{refused} messages of who may not send; {len(wrong) + len(unsaid)} wrong")
    planted = "--believe" in sys.argv
    sys.exit(0 if (len(wrong) + len(unsaid) == 0) != planted else 1)


main()
