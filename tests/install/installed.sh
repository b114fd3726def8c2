#!/usr/bin/env bash
# installed.sh - installs into a folder of its own and uses what is there as others would: headers alone in C and C++,
# a C program by pkg-config, a C++ program by find_package, a Python program by ctypes, all at a hub that was started
# from there.
# usage: installed.sh BUILD SOURCES
set -euo pipefail
build=$1 sources=$2
here=$sources/tests/install
work=$(mktemp -d /tmp/lb-XXXXXX) # short: the path of a socket has 107 bytes
hub=
clean_up() {
  if [ -n "$hub" ]; then kill "$hub" 2>/dev/null; wait "$hub" || true; fi
  rm -rf "$work"
}
trap clean_up EXIT
fail() { echo "installed: $*" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: '$2', and not '$3'"; }

# -- what is there, and nothing else
prefix=$work/p
cmake --install "$build" --prefix "$prefix" >"$work/log" || fail "$(cat "$work/log")"
libdir=$(dirname "$(find "$prefix" -name 'liblandbridge.so')")
version=$(sed -n 's/.*LB_VERSION *"\(.*\)"/\1/p' "$prefix/include/landbridge/client/version.h")
soname=liblandbridge.so.${version%.*}
[ "${version%%.*}" = 0 ] || soname=liblandbridge.so.${version%%.*}
(cd "$prefix" && find . -type f -o -type l | sed 's|^\./||; s|lib/[a-z0-9_]*-linux-gnu[a-z]*/|lib/|' |
  grep -v -e '^include/landbridge/.*\.\(h\|def\)$' -e '^share/landbridge/proto/.*\.proto$' | sort) >"$work/there"
sort >"$work/wanted" <<EOF
bin/landbridge
bin/landbridge-day
bin/landbridged
lib/liblandbridge.so
lib/$soname
lib/liblandbridge.so.$version
lib/pkgconfig/landbridge.pc
lib/cmake/landbridge/landbridgeConfig.cmake
lib/cmake/landbridge/landbridgeConfigVersion.cmake
lib/cmake/landbridge/landbridgeTargets.cmake
lib/cmake/landbridge/$(cd "$libdir/cmake/landbridge" && echo landbridgeTargets-*.cmake)
lib/systemd/system/landbridged.service
share/doc/landbridge/CHANGELOG.md
share/doc/landbridge/LICENSE
share/doc/landbridge/README.md
share/doc/landbridge/copyright
EOF
diff "$work/wanted" "$work/there" || fail "other files than those are installed"
[ ! -e "$prefix/include/landbridge/adapter" ] || fail "the adapters' contract is no exported header"
same soname "$(readelf -d "$libdir/liblandbridge.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')" "$soname"
for program in landbridged landbridge landbridge-day; do
  "$prefix/bin/$program" --help >/dev/null || fail "$program does not start"
done
grep -q "^ExecStart=$prefix/bin/landbridged " "$prefix/lib/systemd/system/landbridged.service" ||
  fail "the unit starts something else than $prefix/bin/landbridged"
! grep -rq -e "$build" -e "$sources" "$prefix/include" "$prefix/lib" --include=*.h --include=*.def --include=*.cmake \
  --include=*.pc --include=*.service || fail "a path of the build is installed"

# -- each header alone, and what they declare is what the library has
export PKG_CONFIG_PATH=$libdir/pkgconfig
read -ra flags <<<"$(pkg-config --cflags landbridge)"
same version "$(pkg-config --modversion landbridge)" "$version"
count=0
while read -r header; do
  count=$((count + 1))
  printf '#include "%s"\nint compiled;\n' "$header" >"$work/alone.c"
  gcc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only "${flags[@]}" "$work/alone.c" || fail "$header, as C"
  g++ -std=c++11 -Wall -Wextra -Wpedantic -Wold-style-cast -Werror -fsyntax-only "${flags[@]}" -x c++ "$work/alone.c" ||
    fail "$header, as C++"
done < <(find "$prefix/include/landbridge" -name '*.h')
[ "$count" -gt 5 ] || fail "only $count headers"
/usr/bin/python3 "$here/exported.py" "$prefix/include" "$libdir/liblandbridge.so" || fail "headers and library differ"

# -- the programs
read -ra libs <<<"$(pkg-config --libs landbridge)"
gcc -std=c11 -Wall -Wextra -Werror "${flags[@]}" -o "$work/c" "$here/program.c" "${libs[@]}"
cxx() { cmake -G Ninja -S "$here/cxx" -B "$work/cxx" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED="$1" >"$work/log" 2>&1; }
! cxx 99.0 || fail "version 99 was found"
rm -rf "$work/cxx"
{ cxx "${version%.*}" && cmake --build "$work/cxx" >"$work/log" 2>&1; } || fail "$(tail -n 20 "$work/log")"

mkdir "$work/data"
printf '[listen]\ntcp = no\n' >"$work/hub.conf"
"$prefix/bin/landbridged" --data "$work/data" --config "$work/hub.conf" 2>"$work/hub.log" &
hub=$!
export LD_LIBRARY_PATH=$libdir
same "the C program" "$("$work/c" "$work/data" LBKU2048176)" "KEPT container:LBKU2048176 CNULZ GTIN"
same "the C++ program" "$("$work/cxx/program" "$work/data" LBKU2048181)" "KEPT container:LBKU2048181 CNULZ GTIN"
same "the Python program" "$(/usr/bin/python3 "$here/program.py" "$libdir/$soname" "$work/data" LBKU2048197)" \
  "KEPT container:LBKU2048197 CNULZ GTIN"
kill "$hub"
wait "$hub" || fail "the hub did not end well: $(tail -n 5 "$work/hub.log")"
hub=
(cd "$work" && "$prefix/bin/landbridge" bench decode >/dev/null) || fail "bench decode needs the sources"
echo "installed: $count headers alone, three programs at $soname"
