#!/bin/sh
# install.sh - what `make install` lays out, and that each part of it can be left out.
set -eu
unset MAKEFLAGS MFLAGS MAKELEVEL	# this make is no part of the one that runs the tests
LC_ALL=C
export LC_ALL

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
srcdir=$(cd "${srcdir:-.}" && pwd)
n=0
failed=false

# check NAME COMMAND...: one test, passed if the command succeeds.
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >"$dir/said" 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/  # /' "$dir/said"
		failed=true
	fi
}

# What is below the prefix in $1, without its documents; by mode and name.
laid_out() {
	prefix=$(cd "$1" && find . -path '*/man/man1/callmeter.1' | sed 's|/share/man/man1/callmeter.1$||')
	(cd "$1/$prefix" && find . ! -type d ! -path './share/doc/*' -printf '%M %P\n' | sort -k 2)
}

services='-rw-r--r-- lib/systemd/system/callmeter-control.socket
-rw-r--r-- lib/systemd/system/callmeter-ingest.socket
-rw-r--r-- lib/systemd/system/callmeter-query.socket
-rw-r--r-- lib/systemd/system/callmeterd.service'
sysusers='-rw-r--r-- lib/sysusers.d/callmeter.conf'
tmpfiles='-rw-r--r-- lib/tmpfiles.d/callmeter.conf'
completion='-rw-r--r-- share/bash-completion/completions/callmeter'
man='-rw-r--r-- share/man/man1/callmeter.1
-rw-r--r-- share/man/man5/callmeter.conf.5
-rw-r--r-- share/man/man7/callmeter-views.7
-rw-r--r-- share/man/man8/callmeterd.8'
programs='-rwxr-xr-x bin/callmeter
-rw-r--r-- include/callmeter.h
-rwxr-xr-x lib/libcallmeter.la
lrwxrwxrwx lib/libcallmeter.so
lrwxrwxrwx lib/libcallmeter.so.0
-rwxr-xr-x lib/libcallmeter.so.0.0.0
-rw-r--r-- lib/pkgconfig/callmeter.pc
-rwxr-xr-x sbin/callmeterd'
data='-rw-r--r-- include/callmeter.h
-rw-r--r-- lib/pkgconfig/callmeter.pc'

# lays_out DIR PART...: nothing but these is there, and all of these.
lays_out() {
	laid_out "$1" >"$dir/got"
	shift
	printf '%s\n' "$@" | sort -k 2 >"$dir/wanted"
	diff "$dir/wanted" "$dir/got"
}

install_all() {
	make install DESTDIR="$dir/all" && lays_out "$dir/all" "$programs" "$man" "$services" "$sysusers" \
		"$tmpfiles" "$completion"
}

unit_starts_what_is_installed() {
	unit=$(find "$dir/all" -name callmeterd.service)
	program=$(sed -n 's/^ExecStart=//p' "$unit")
	[ -x "$dir/all$program" ] && grep -q "^ExecPaths=$program " "$unit" && ! grep -n '@[a-z]*@' "$unit"
}

library_is_found() {
	pc=$(find "$dir/all" -name callmeter.pc)
	PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$dir/all pkg-config --cflags --libs callmeter >"$dir/flags"
	cat "$dir/flags"
	for flag in $(cat "$dir/flags"); do
		case $flag in
		-I*) [ -e "${flag#-I}/callmeter.h" ] || return 1 ;;
		-L*) [ -e "${flag#-L}/libcallmeter.so" ] || return 1 ;;
		esac
	done
	grep -q -e -lcallmeter "$dir/flags"
}

# configure_without NAME SWITCH...: install-data alone, from a configuration of its own. It needs no compiler's work.
configure_without() {
	mkdir "$dir/$1"
	(cd "$dir/$1" && shift && "$srcdir/configure" --cache-file="$dir/cache" "$@" && make install-data DESTDIR="$PWD/at")
}

without_units_and_tmpfiles() {
	configure_without one --without-systemdsystemunitdir --without-tmpfilesdir &&
		lays_out "$dir/one/at" "$data" "$man" "$sysusers" "$completion"
}

without_users_and_completion() {
	configure_without two --with-sysusersdir=no --with-bashcompletiondir=no &&
		lays_out "$dir/two/at" "$data" "$man" "$services" "$tmpfiles"
}

check 'everything is laid out below the prefix' install_all
check 'the unit starts the program that is installed' unit_starts_what_is_installed
check 'pkg-config finds the library' library_is_found
check 'units and tmpfiles can be left out' without_units_and_tmpfiles
check 'users and the completion can be left out' without_users_and_completion
echo "1..$n"
! $failed
