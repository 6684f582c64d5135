#!/bin/sh
# layers_can_fail.sh - shows that the layer check finds each kind of fault it is there for.
lint=$(cd "${srcdir:-.}" && pwd)/tests/lint/layers.sh
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
n_bad=0

# A tree without a fault.
make_tree() {
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree/src/util" "$dir/tree/src/wire" "$dir/tree/src/store" "$dir/tree/src/app" \
		"$dir/tree/sql/stmt" "$dir/tree/systemd"
	cd "$dir/tree" || exit 99
	printf '#pragma once\n\n/* Buf: bytes. */\n\n#include <stddef.h>\n' >src/util/buf.h
	printf '#include "util/buf.h"\n' >src/util/buf.c
	printf '/* Scan. */\n#include <sys/stat.h>\n#include <json-c/json.h>\n#include "util/buf.h"\n' >src/wire/scan.c
	printf '/* Store. */\n#include <sqlite3.h>\n#include "wire/scan.h"\n#include "store/sql_gen.h"\n' >src/store/store.c
	printf '/* Main. */\n#include <uv.h>\n#include "store/store.h"\n' >src/app/main.c
	printf -- '-- get.sql - ?1 the id\nSELECT 1;\n' >sql/stmt/get.sql
	printf '# The recorder.\n[Service]\n' >systemd/a.service
}

expect() {	# expect pass|fail WHAT
	if sh "$lint" "$dir/tree" >"$dir/out" 2>&1; then
		got=pass
	else
		got=fail
	fi
	if [ "$got" = "$1" ]; then
		echo "ok - $2"
	else
		echo "not ok - $2: $got"
		cat "$dir/out"
		n_bad=$((n_bad + 1))
	fi
}

make_tree
expect pass "a good tree passes"

make_tree
echo '#include "store/store.h"' >>src/wire/scan.c
expect fail "a layer that includes one above it"

make_tree
echo '#  include <wire/scan.h>' >>src/util/buf.h
expect fail "the same with angle brackets and odd spaces"

make_tree
echo '#include <sqlite3.h>' >>src/app/main.c
expect fail "SQLite outside the store"

make_tree
echo '#include <json-c/json.h>' >>src/store/store.c
expect fail "json-c outside wire"

make_tree
echo '#include <systemd/sd-daemon.h>' >>src/app/main.c
expect fail "libsystemd outside app/sd.c"

make_tree
echo '#include <uv.h>' >>src/wire/scan.c
expect fail "libuv outside net and app"

make_tree
echo '#include <libsmartcols.h>' >>src/app/main.c
expect fail "libsmartcols outside cli"

make_tree
echo '#include "buf.h"' >>src/util/buf.c
expect fail "a header named without its folder"

make_tree
echo '#include "util/buf.h"' >src/wire/frame.c
expect fail "a file without a head"

make_tree
echo 'SELECT 1;' >sql/stmt/get.sql
expect fail "SQL without a head"

make_tree
mkdir src/misc && echo '/* x */' >src/misc/x.c
expect fail "a folder that is no layer"

rm -rf "$dir/tree" && mkdir -p "$dir/tree/src"
expect fail "a tree without a file"

[ "$n_bad" -eq 0 ]
