#!/bin/sh
# boot_probe.sh - runs within the container of boot.sh and writes TAP to /out/tap.
exec >/out/tap 2>&1
export LC_ALL=C CALLMETER_PAGER=
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ingest=/run/callmeter/ingest.sock
db=/var/lib/callmeter/callmeter.db
n=0
failed=

# check NAME COMMAND...: one test, passed if the command succeeds.
check() {
	name=$1
	shift
	n=$((n + 1))
	if "$@" >/tmp/said 2>&1; then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		sed 's/^/  # /' /tmp/said
		failed=yes
	fi
}

as() {
	user=$1
	shift
	setpriv --reuid="$user" --regid="$user" --init-groups "$@"
}

fails() {
	! "$@"
}

# within SECONDS COMMAND...: it succeeds sooner or later.
within() {
	tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

count() {
	sqlite3 -readonly "$db" "SELECT count(*) FROM $1"
}

main_pid() {
	systemctl show --value -p MainPID callmeterd.service
}

say_hello() {
	printf '{"stage":"Hello","timestamp":"2026-08-21T14:00:00Z","user_id":"%s"}\n' "$1" |
		as "$2" nc -NU "$ingest"
}

member_sends() {
	say_hello boot sender | tee /tmp/answer
	grep -q '"ack":{"lines":1,"stored":1,' /tmp/answer
}

peer_is_known() {
	sqlite3 -readonly "$db" "SELECT uid FROM client_events WHERE user_id = 'boot'" >/tmp/uid
	[ "$(cat /tmp/uid)" = "$(id -u sender)" ]
}

reader_reads() {
	as reader sqlite3 -readonly "$db" 'SELECT outcome, count(*) FROM join_attempts GROUP BY 1' &&
		as reader callmeter report joins && as reader callmeter status
}

files_are_closed() {
	[ "$(stat -c '%a %U %G' "$db")" = '640 callmeter callmeter' ] &&
		[ "$(stat -c '%a' /var/lib/callmeter)" = 750 ]
}

journal_hears() {
	journalctl -q -u callmeterd.service -o cat | grep .
}

# Kill the daemon in the middle of it, time and again, and go on where the acks ended. What was
# acknowledged is there each time; in the end each event is there once. (An event a line, none twice.)
kills_lose_nothing() {
	n_before=$(count client_events)
	n_acked=0
	n_kills=0
	while [ "$n_acked" -lt "$(wc -l </out/events)" ]; do
		tail -n +$((n_acked + 1)) /out/events >/tmp/rest
		as sender callmeter send --quiet /tmp/rest 2>/tmp/told &
		sender=$!
		if [ "$n_kills" -lt 5 ]; then
			sleep "0.$((n_kills + 1))"
			kill -KILL "$(main_pid)" && n_kills=$((n_kills + 1))
		fi
		if wait "$sender"; then
			n_acked=$((n_acked + $(wc -l </tmp/rest)))
		else
			first=$(sed -n 's/.*not acknowledged from .*:\([0-9]*\) on.*/\1/p' /tmp/told)
			n_acked=$((n_acked + ${first:-1} - 1))
		fi
		within 20 as reader callmeter status || return 1
		n_stored=$(($(count client_events) - n_before))
		echo "$n_kills kills, $n_acked acknowledged, $n_stored stored"
		[ "$n_stored" -ge "$n_acked" ] || return 1
	done
	[ "$n_kills" -ge 2 ] && [ "$n_stored" = "$n_acked" ]
}

# Somebody connects all the while; nobody is refused.
restarts_refuse_nobody() {
	rm -f /tmp/refused /tmp/over
	(
		while ! [ -e /tmp/over ]; do
			printf '\n' | as sender nc -NU "$ingest" >/dev/null 2>>/tmp/why || echo >>/tmp/refused
			echo >>/tmp/connected
		done
	) &
	for _ in 1 2 3 4 5; do
		systemctl restart callmeterd.service || return 1
		sleep 0.2
	done
	touch /tmp/over
	wait
	cat /tmp/why
	[ "$(wc -l </tmp/connected)" -gt 20 ] && ! [ -e /tmp/refused ]
}

is_another_than() {
	[ "$(main_pid)" != "$1" ] && [ "$(main_pid)" != 0 ] && as reader callmeter status
}

hang_is_ended() {
	stopped=$(main_pid)
	kill -STOP "$stopped"
	within 60 is_another_than "$stopped"
}

ends_well() {
	systemctl stop callmeterd.service &&
		[ "$(systemctl show --value -p Result callmeterd.service)" = success ]
}

within 30 systemctl is-active callmeterd.service
check 'the service and its sockets are up' systemctl is-active callmeterd.service \
	callmeter-ingest.socket callmeter-query.socket callmeter-control.socket
check 'a member of callmeter-ingest sends' member_sends
check 'whom it came from is known' peer_is_known
check 'a stranger cannot send' fails say_hello x stranger
check 'a reader cannot send' fails say_hello x reader
check 'a member of callmeter reads the database and asks' reader_reads
check 'a reader cannot write' fails as reader sqlite3 "$db" 'DELETE FROM setting'
check 'a stranger cannot read' fails as stranger sqlite3 -readonly "$db" 'SELECT 1 FROM client_events'
check 'a stranger cannot ask' fails as stranger callmeter status
check 'a sender cannot ask' fails as sender callmeter status
check 'only root tells it what to do' fails as reader nc -NU /run/callmeter/control.sock
check 'the files are for the group alone' files_are_closed
check 'the journal hears of it' journal_hears
check 'a running service is as little exposed as the unit says' \
	systemd-analyze security --no-pager --threshold=6 callmeterd.service
check 'a reload keeps the process' systemctl reload callmeterd.service
check 'kill -9 loses nothing acknowledged' kills_lose_nothing
check 'a restart refuses no connection' restarts_refuse_nobody
check 'a process that hangs is ended and another started' hang_is_ended
check 'it ends well when told to' ends_well
[ -z "$failed" ] || journalctl --no-pager -q -b -u callmeterd.service >/out/journal
echo "1..$n"
