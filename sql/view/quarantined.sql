-- quarantined.sql - what could not be stored, as it came, and why.
--
-- body is a BLOB, since what is quarantined need not be text. It may be cut:
-- length_bytes is how long the whole was.

CREATE VIEW quarantined AS
SELECT
	q.id AS quarantine_id,
	q.received_us / 1000 AS received_ms,
	strftime('%Y-%m-%dT%H:%M:%S', q.received_us / 1000000, 'unixepoch')
		|| printf('.%03dZ', q.received_us / 1000 % 1000) AS received,
	(SELECT d.value FROM origin o JOIN dict d ON d.id = o.app WHERE o.id = q.origin) AS app,
	(SELECT uid FROM origin WHERE id = q.origin) AS uid,
	(SELECT gid FROM origin WHERE id = q.origin) AS gid,
	(SELECT pid FROM origin WHERE id = q.origin) AS pid,
	q.source,
	q.line_no AS line,
	q.event_no AS event,
	q.code,
	q.field,
	q.message,
	q.n_whole AS length_bytes,
	q.body
FROM quarantine AS q;
