#!/usr/bin/python3
"""listed - README.md lists every test program of this folder once, and none that does not exist.
usage: listed.py [--without NAME]    ignores the row of NAME, which must then be reported as missing"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent
# what makes a file a program: its entry point
ENTRY = re.compile(r"^int main\(|^int LLVMFuzzer|^#!", re.M)


def read_page(ignored):
    """Paths in the section "The programs": tables of one folder (`test_x`), and one of all others (`folder/file`)."""
    section = (ROOT / "README.md").read_text().split("## The programs", 1)[1].split("\n## ", 1)[0]
    listed, folder = [], None
    for line in section.splitlines():
        first = line.split(" | ", 1)[0]
        if re.match(r"\| `\w+/` \| proves", line):
            folder = re.search(r"\w+", line).group()
        names = re.findall(r"`(test_\w+)`", first)
        listed += [f"{folder}/{name}.c" for name in names if name != ignored]
        listed += re.findall(r"`(\w+/[\w.]+\.\w+)`", first)
    return listed


def read_tree():
    """Programs in the folders; those of grow/ belong to a copy of the tree."""
    files = [f for f in ROOT.glob("*/*") if f.suffix in (".c", ".py", ".sh") and f.parent.name != "grow"]
    return {f"{f.parent.name}/{f.name}" for f in files if ENTRY.search(f.read_text())}


def main():
    listed = read_page(sys.argv[2] if sys.argv[1:2] == ["--without"] else None)
    faults = [f"{path}: not in README.md" for path in sorted(read_tree() - set(listed))]
    faults += [f"{path}: in README.md, but does not exist" for path in listed if not (ROOT / path).is_file()]
    faults += [f"{path}: twice in README.md" for path in sorted(set(listed)) if listed.count(path) > 1]
    print("\n".join(faults + [f"listed: {len(listed)} programs, {len(faults)} faults"]))
    sys.exit(1 if faults or not listed else 0)


main()
