-- string_events.sql - tin can calls under the vendor's names.

CREATE VIEW string_events AS
SELECT
	e.event_id,
	rc.received_us / 1000 AS received_ms,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = e.origin) AS app,
	(SELECT uid FROM origin WHERE id = e.origin) AS uid,
	e.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', e.at_us / 1000000, 'unixepoch')
		|| printf('.%03dZ', e.at_us / 1000 % 1000) AS timestamp,
	(SELECT value FROM dict WHERE id = e.pull) AS pull,
	(SELECT name FROM session_scope WHERE id = e.string) AS string,
	(SELECT user_id FROM user WHERE id = e.user) AS child,
	e.knots,
	e.extra
FROM tincan_event AS e
LEFT JOIN receipt AS rc ON rc.first_event_id = (
	SELECT max(first_event_id) FROM receipt WHERE first_event_id <= e.event_id);
