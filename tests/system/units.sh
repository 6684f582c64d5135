#!/bin/sh
# units.sh - systemd takes the units as they are meant, and finds little to expose.
set -eu

MAX_EXPOSURE_X10=6

if ! command -v systemd-analyze >/dev/null; then
	echo "systemd-analyze is not installed"
	exit 77
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# verify wants the program to be there: point the unit at the one just built.
program=$(cd "${top_builddir:-.}" && pwd)/callmeterd
[ -x "$program" ]
cp "${srcdir:-.}"/systemd/*.socket "$dir"
sed "s|@sbindir@/callmeterd|$program|" "${srcdir:-.}/systemd/callmeterd.service.in" \
	>"$dir/callmeterd.service"

systemd-analyze verify --man=no "$dir"/*.socket "$dir/callmeterd.service" >"$dir/verify" 2>&1 || true
if grep -F -e "$dir" -e callmeter "$dir/verify"; then
	echo "systemd-analyze verify has something to say about our units"
	exit 1
fi

# --threshold counts in tenths.
systemd-analyze security --no-pager --offline=true --threshold="$MAX_EXPOSURE_X10" \
	"$dir/callmeterd.service" >"$dir/security" 2>&1 || {
	cat "$dir/security"
	exit 1
}
tail -n 1 "$dir/security"

for clash in DynamicUser= PrivateUsers= RuntimeDirectory=; do
	if grep "^$clash" "$dir/callmeterd.service"; then
		echo "$clash breaks what the daemon is for"
		exit 1
	fi
done
for unit in ingest query control; do
	grep -qx "FileDescriptorName=$unit" "$dir/callmeter-$unit.socket"
	grep -qx "ListenStream=/run/callmeter/$unit.sock" "$dir/callmeter-$unit.socket"
done
