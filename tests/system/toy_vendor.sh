#!/bin/sh
# toy_vendor.sh - a vendor more takes exactly the files that docs/ADDING_A_VENDOR.md names.
#
# Copies the source, adds the toy vendor of tests/toy to it, compiles what that
# touches, links it with everything else as it is, and lets tests/toy/tincan.py
# talk to the daemon that comes out.
set -eu
LC_ALL=C
export LC_ALL
source=$(cd "${srcdir:-.}" && pwd)
build=$PWD
toy=$source/tests/toy
tree=$(mktemp -d "${TMPDIR:-/tmp}/callmeter-toy.XXXXXX")
trap 'rm -rf "$tree"' EXIT

die() {
	echo "not ok - $*"
	exit 1
}

mkdir "$tree/a" "$tree/b" "$tree/objects"
(cd "$source" && tar cf - src sql include build-aux/sql2h.awk) | tar xf - -C "$tree/a"
chmod -R u+w "$tree/a"	# the source may be a read-only one
cp -R "$tree/a/." "$tree/b"
cd "$tree/b"

# The new files.
version=$(printf %04d $(($(grep -c 'sql/schema/[0-9]*_' sql/schema/local.mk) + 1)))
cp "$toy/tincan.c" "$toy/tincan.h" src/dialect/
{ printf -- '-- %s_tincan.sql - ' "$version"; sed '1s/^-- //' "$toy/schema.sql"; } >"sql/schema/${version}_tincan.sql"
cp "$toy/tincan_timeline.sql" "$toy/string_events.sql" sql/view/

# A line in each list.
echo 'libcallmeter_core_la_SOURCES += src/dialect/tincan.c src/dialect/tincan.h' >>src/dialect/local.mk
echo "SQL_FILES += sql/schema/${version}_tincan.sql" >>sql/schema/local.mk
echo 'SQL_FILES += sql/view/tincan_timeline.sql sql/view/string_events.sql' >>sql/view/local.mk
awk '/^#include "util\// && !named { print "#include \"dialect/tincan.h\""; named = 1 }
	/^};/ && !listed { print "\t&dialect_tincan,"; listed = 1 }
	{ print }' src/dialect/registry.c >"$tree/new"
cat "$tree/new" >src/dialect/registry.c

# Nothing else may differ.
(cd "$tree" && diff -rq a b | sed 's|^Only in b/*||; s|: |/|; s|^Files a/\(.*\) and .*|\1|' | sort) >"$tree/changed" || true
sort >"$tree/expected" <<END
sql/schema/${version}_tincan.sql
sql/schema/local.mk
sql/view/local.mk
sql/view/string_events.sql
sql/view/tincan_timeline.sql
src/dialect/local.mk
src/dialect/registry.c
src/dialect/tincan.c
src/dialect/tincan.h
END
diff "$tree/expected" "$tree/changed" || die "other files are changed"
# shellcheck disable=SC2013 # no name has a blank
for file in $(grep -v /local.mk "$tree/expected"); do
	case $file in */registry.c) continue ;; esac
	grep -q "$file" "$source/docs/ADDING_A_VENDOR.md" || grep -q "$(echo "$file" | sed 's/[0-9]\{4\}_/NNNN_/')" \
		"$source/docs/ADDING_A_VENDOR.md" || die "docs/ADDING_A_VENDOR.md does not name $file"
done

# What the build compiles with, from its own makefile.
flags() {
	printf 'include Makefile\n.PHONY: toy-flags\ntoy-flags:\n\t@echo %s\n' "$1" >"$tree/flags.mk"
	(cd "$build" && MAKEFLAGS='' MFLAGS='' ${MAKE:-make} -s --no-print-directory -f "$tree/flags.mk" toy-flags) | tail -n 1
}
compiler=$(flags '$(CC)')
cflags=$(flags '$(CPPFLAGS) $(libcallmeter_core_la_CFLAGS) $(CFLAGS)' | sed 's/-O[0-9s]//g; s/-D_FORTIFY_SOURCE=[0-9]//g')
cflags="-include $build/config.h -I$tree/b/src -I$tree/b/include $cflags"
libs=$(flags '$(LDFLAGS) $(libcallmeter_core_la_LIBADD) $(LIBS)')

mkdir -p src/store
# shellcheck disable=SC2046 # the lists are words
LC_ALL=C awk -f build-aux/sql2h.awk $(for part in schema view report stmt; do
	grep -o "sql/$part/[a-z0-9_]*\.sql" "sql/$part/local.mk"
done) >src/store/sql_gen.h

n=0
for file in $(grep -o 'src/[a-z]*/[a-z0-9_]*\.c' src/*/local.mk | cut -d: -f2 | sort -u); do
	if [ "$file" != src/dialect/registry.c ] && [ "$file" != src/dialect/tincan.c ] && ! grep -q sql_gen.h "$file"; then
		continue
	fi
	n=$((n + 1))
	# shellcheck disable=SC2086
	$compiler $cflags -c -o "$tree/objects/$n.o" "$file" || die "$file does not compile"
done
# Every other object is as the build has it. Those named first are taken for theirs.
# shellcheck disable=SC2086
$compiler $cflags -o "$tree/callmeterd" "$build/src/app/main.o" "$tree"/objects/*.o "$build/.libs/libcallmeter-core.a" $libs ||
	die "it does not link"
[ -x "$tree/callmeterd" ] || die "there is no daemon"

cd "$build"
CALLMETERD=$tree/callmeterd PYTHONPATH=$source/tests/system python3 -B "$source/tests/toy/tincan.py"
