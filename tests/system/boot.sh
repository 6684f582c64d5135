#!/bin/sh
# boot.sh - what is installed, under a real systemd: a Debian of its own, booted in a container.
#
# Not part of make check: it wants root, mmdebstrap and systemd-nspawn, and fetches a small Debian.
#
#   make boot-test
#   make boot-test BOOT_ROOT=DIR    a Debian made before, with what is listed below; it stays as it is
set -eu

packages=systemd,dbus,libsqlite3-0,sqlite3,libjson-c5,libuv1,libinih1,libsmartcols1,netcat-openbsd,passwd
srcdir=${srcdir:-.}

for tool in mmdebstrap systemd-nspawn unshare; do
	command -v "$tool" >/dev/null || { echo "boot.sh: $tool is not installed" >&2; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "boot.sh: only root can boot a container" >&2; exit 77; }

work=$(mktemp -d "${TMPDIR:-/tmp}/callmeter-boot.XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
out=$work/out
mkdir "$out"

if [ -n "${BOOT_ROOT:-}" ]; then
	cp -a "$BOOT_ROOT" "$root"
else
	mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$root"
fi

make install DESTDIR="$root" >"$work/install.log" 2>&1 || { cat "$work/install.log"; exit 1; }

# What a package does once it is unpacked.
chroot "$root" ldconfig
chroot "$root" systemd-sysusers
systemctl --root="$root" enable callmeterd.service 2>/dev/null
for user in sender:callmeter-ingest reader:callmeter stranger:nogroup; do
	chroot "$root" useradd --create-home --groups "${user#*:}" "${user%:*}"
done
# The watchdog's 30 s are long to wait for.
mkdir -p "$root/etc/systemd/system/callmeterd.service.d"
printf '[Service]\nWatchdogSec=3s\n' >"$root/etc/systemd/system/callmeterd.service.d/boot-test.conf"

cp "$srcdir/tests/system/boot_probe.sh" "$out/probe.sh"
./callmeter-corpus --events 100000 --in-time >"$out/events"
cat >"$root/etc/systemd/system/probe.service" <<'END'
[Unit]
After=multi-user.target

[Service]
Type=exec
ExecStart=/bin/sh /out/probe.sh
ExecStopPost=/bin/systemctl poweroff --no-block
END
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -s ../probe.service "$root/etc/systemd/system/default.target.wants/"

# nspawn wants a /run it can make mounts in, which a container around us may not have.
timeout 300 unshare --mount sh -c '
	mount -t tmpfs tmpfs /run
	exec systemd-nspawn --quiet -D "$1" --bind="$2:/out" --boot --private-network --register=no \
		--keep-unit --console=pipe' sh "$root" "$out" </dev/null >"$work/console" 2>&1 || true

if ! [ -s "$out/tap" ] || ! tail -n 1 "$out/tap" | grep -q '^1\.\.'; then
	cat "$work/console"
	echo "boot.sh: the container did not come to its end" >&2
	cat "$out/tap" 2>/dev/null
	exit 1
fi
cat "$out/tap"
grep -q '^not ok' "$out/tap" || exit 0
cat "$out/journal"
exit 1
