#!/usr/bin/python3
"""grants_shown - the grants shown in broker/README.md are those that the day is played with.
usage: grants_shown.py grants.txt README.md"""
import pathlib
import sys

grants, page = (pathlib.Path(a).read_text(encoding="utf-8") for a in sys.argv[1:3])
lines = [line for line in grants.splitlines() if line and not line.startswith("#")]
if len(lines) < 10 or "```\n" + "\n".join(lines) + "\n```" not in page:
    missing = [line for line in lines if line not in page.splitlines()]
    sys.exit(f"{sys.argv[2]} does not show {sys.argv[1]} as it is; not in it: {missing}")
print(f"{len(lines)} lines of grants are shown")
