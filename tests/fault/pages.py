#!/usr/bin/env python3
"""pages - which turns of a journal can still be read from its files, independently of SQLite.

    pages.py journal.db         prints the numbers of the blocks whose own check holds, one a line

Reads journal.db and journal.db-wal as bytes: every page of the database and of every frame, without the WAL's chain of
checksums. Written for the test of broker/keep/repair.c and shares nothing with it but the file format of SQLite
(sqlite.org/fileformat2.html) and the check of a journal row (BLAKE2b-128 of six numbers and the body)."""
import hashlib
import struct
import sys


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def varint(data, at):
    value = 0
    for i in range(9):
        byte = data[at]
        at += 1
        if i == 8:
            return value << 8 | byte, at
        value = value << 7 | byte & 127
        if byte < 128:
            return value, at
    return value, at


class Files:
    def __init__(self, path):
        self.db, wal = read(path), read(path + "-wal")
        self.size = 16384
        if self.db[:15] == b"SQLite format 3":
            size = struct.unpack(">H", self.db[16:18])[0]
            self.size = 65536 if size == 1 else size
        step = self.size + 24
        self.frames = []  # (page number, bytes)
        for at in range(32, len(wal) - step + 1, step):
            self.frames.append((struct.unpack(">I", wal[at:at + 4])[0], wal[at + 24:at + step]))
        self.newest = {}
        for number, page in self.frames:
            self.newest[number] = page

    def pages(self):
        for at in range(0, len(self.db) - self.size + 1, self.size):
            yield at == 0, self.db[at:at + self.size]
        for number, page in self.frames:
            yield number == 1, page

    def page(self, number):
        if number in self.newest:
            return self.newest[number]
        return self.db[(number - 1) * self.size:number * self.size]

    def payload(self, page, at, length):
        most, least = self.size - 35, (self.size - 12) * 32 // 255 - 23
        local = length
        if length > most:
            local = least + (length - least) % (self.size - 4)
            if local > most:
                local = least
        out = page[at:at + local]
        if local < length:
            number = struct.unpack(">I", page[at + local:at + local + 4])[0]
            while len(out) < length:
                more = self.page(number)
                if number == 0 or len(more) < self.size:
                    raise ValueError("a page is missing")
                out += more[4:4 + length - len(out)]
                number = struct.unpack(">I", more[:4])[0]
        return out


def columns(record):
    head, at = varint(record, 0)
    kinds = []
    while at < head:
        kind, at = varint(record, at)
        kinds.append(kind)
    if at != head or len(kinds) != 8 or kinds[0] != 0:
        return None
    values = []
    for kind in kinds:
        length = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0][kind] if kind < 10 else (kind - 12) // 2
        part = record[at:at + length]
        at += length
        if kind in (8, 9):
            values.append(kind - 8)
        elif kind < 8:
            values.append(int.from_bytes(part, "big", signed=True))
        else:
            values.append(part)
    return values if at == len(record) else None


def block_of(files, page, cell):
    length, at = varint(page, cell)
    block, at = varint(page, at)
    if length > 1 << 28:
        return None
    values = columns(files.payload(page, at, length))
    if values is None or not isinstance(values[6], bytes) or not isinstance(values[7], bytes):
        return None
    numbers = struct.pack("<6q", block, *values[1:6])
    check = hashlib.blake2b(numbers + values[7], digest_size=16).digest()
    return block if check == values[6] else None


def blocks(files):
    found = set()
    for is_first, page in files.pages():
        head = 100 if is_first else 0
        if page[head] != 13:
            continue
        count = struct.unpack(">H", page[head + 3:head + 5])[0]
        for i in range(count):
            try:
                cell = struct.unpack(">H", page[head + 8 + 2 * i:head + 10 + 2 * i])[0]
                block = block_of(files, page, cell)
            except (IndexError, ValueError, TypeError, struct.error, OverflowError):
                continue
            if block is not None:
                found.add(block)
    return found


for one in sorted(blocks(Files(sys.argv[1]))):
    print(one)
