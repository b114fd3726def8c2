#!/usr/bin/python3
"""program.py - the same as program.c through ctypes: the library alone, no header and no compiler.
usage: program.py LIBRARY HUB_DATA_FOLDER CONTAINER"""
import ctypes
import json
import sys
import time
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint64, c_void_p

WAIT_MS = 20000


class Span(ctypes.Structure):
    _fields_ = [("at", c_void_p), ("len", c_size_t)]

    def text(self):
        return ctypes.string_at(self.at, self.len).decode() if self.len else ""


def span(text):
    return Span(ctypes.cast(c_char_p(text), c_void_p), len(text))


ON_RECEIPT = ctypes.CFUNCTYPE(None, c_void_p, c_uint64, POINTER(c_int))  # a receipt begins with its result


def load(path):
    lib = ctypes.CDLL(path)
    for name in ("lb_err_text", "lb_result_name"):
        getattr(lib, name).restype = c_char_p
    lib.lb_client_open.argtypes = [POINTER(c_void_p), c_char_p]
    lib.lb_client_close.argtypes = [POINTER(c_void_p)]
    lib.lb_client_on_receipt.argtypes = [c_void_p, ON_RECEIPT, c_void_p]
    lib.lb_client_push.argtypes = [c_void_p, Span, Span, Span, c_int, POINTER(c_uint64)]
    lib.lb_client_flush.argtypes = [c_void_p, c_int]
    lib.lb_client_track.argtypes = [c_void_p, Span, c_int, POINTER(c_void_p)]
    lib.lb_client_answer_json.argtypes = [c_void_p, c_void_p, POINTER(Span)]
    return lib


def need(lib, err):
    if err != 0:
        sys.exit("program.py: " + lib.lb_err_text(err).decode())


def push(lib, client, container):
    body = json.dumps({"magic": "landbridge.report", "events": [{
        "type": "GTIN", "classifier": "ACTUAL", "mode": "ROAD", "occurred": {"utc_us": "2026-03-12T10:05:00+08:00"},
        "place": {"locode": "CNULZ"}, "objects": [{"id": container}]}]}).encode()
    need(lib, lib.lb_client_push(client, span(b""), span(b""), span(body), WAIT_MS, byref(c_uint64())))
    need(lib, lib.lb_client_flush(client, WAIT_MS))


def ask(lib, client, container):
    for _ in range(200):
        answer, text = c_void_p(), Span()
        need(lib, lib.lb_client_track(client, span(container.encode()), WAIT_MS, byref(answer)))
        need(lib, lib.lb_client_answer_json(client, answer, byref(text)))
        told = json.loads(text.text())
        if told.get("track", {}).get("tracks"):
            return told["track"]["tracks"][0]
        time.sleep(0.05)
    sys.exit("program.py: no track")


def main():
    lib, client, results = load(sys.argv[1]), c_void_p(), []
    need(lib, lib.lb_client_open(byref(client), sys.argv[2].encode()))
    on_receipt = ON_RECEIPT(lambda whose, ticket, result: results.append(result[0]))
    lib.lb_client_on_receipt(client, on_receipt, None)
    push(lib, client, sys.argv[3])
    track = ask(lib, client, sys.argv[3])
    lib.lb_client_close(byref(client))
    print(lib.lb_result_name(results[0]).decode(), track["object"], track["last_place"], track["last_type"])


main()
