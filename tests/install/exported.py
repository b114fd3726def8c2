#!/usr/bin/python3
"""exported.py - the library has exactly the functions that its headers declare: no more, no less.
usage: exported.py INCLUDE_FOLDER LIBRARY   (the folder that holds landbridge/)
       exported.py --map INCLUDE_FOLDER     prints them as tools/client/liblandbridge.map lists them"""
import pathlib
import re
import subprocess
import sys


def declared(folder):
    headers = sorted((folder / "landbridge").rglob("*.h"))
    lines = "".join(f'#include "{header.relative_to(folder)}"\n' for header in headers)
    text = subprocess.run(["gcc", "-E", "-", "-I", str(folder)], input=lines, capture_output=True, text=True, check=True).stdout
    ours, is_ours = [], False
    for line in text.splitlines():  # '# 12 "file" flags' says where what follows comes from
        if line.startswith("# "):
            is_ours = "/landbridge/" in line
        elif is_ours:
            ours.append(line)
    text = re.sub(r"static inline[^{]*\{.*?\n\}", "", "\n".join(ours), flags=re.S)
    text = re.sub(r"\{[^{}]*\}", "", text)
    return {match.group(1) for statement in text.split(";") if "typedef" not in statement
            for match in [re.search(r"\b(lb_\w+)\s*\(", statement)] if match}


def exported(library):
    out = subprocess.run(["nm", "-D", "--defined-only", str(library)], capture_output=True, text=True, check=True).stdout
    return {line.split()[2].split("@")[0] for line in out.splitlines() if line.split()[1] in "TWDBR"}


def main():
    if sys.argv[1] == "--map":
        print("\n".join(f"    {name};" for name in sorted(declared(pathlib.Path(sys.argv[2])))))
        return
    said, there = declared(pathlib.Path(sys.argv[1])), exported(sys.argv[2])
    for name in sorted(said - there):
        print(f"exported: {name} is declared, and not in the library", file=sys.stderr)
    for name in sorted(there - said):
        print(f"exported: {name} is in the library, and in no exported header", file=sys.stderr)
    print(f"exported: {len(said & there)} functions")
    sys.exit(0 if said and said == there else 1)


main()
