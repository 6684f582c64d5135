-- timeline.sql - every vendor's events, for people to read.
--
-- event says what happened, outcome and code how it ended, detail the rest that
-- is worth a glance. session_id is that of the record of sessions, where the
-- vendor gives none of its own. ORDER BY is left to who asks, by timestamp_ms
-- and event_id: in here, it would make count(*) write out every row first.
--
-- Between $each and $end stands what is repeated for the part of each vendor,
-- $view, and joined by UNION ALL.

CREATE VIEW timeline AS
SELECT
	t.event_id,
	t.source,
	t.app,
	t.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.at_us / 1000000, 'unixepoch')
		|| CASE WHEN t.at_us % 1000 THEN printf('.%06dZ', t.at_us % 1000000)
			ELSE printf('.%03dZ', t.at_us / 1000 % 1000) END AS timestamp,
	coalesce((SELECT s.session_id FROM session AS s WHERE s.scope = t.scope AND s.first_us <= t.at_us
		ORDER BY s.first_us DESC LIMIT 1), t.session_id) AS session_id,
	t.join_attempt_id,
	t.coordinator_connect_id,
	t.user_id,
	t.participant_id,
	t.event,
	t.outcome,
	t.code,
	t.detail
FROM (
	$each
	SELECT event_id, source, app, at_us, session_id, join_attempt_id, coordinator_connect_id, user_id,
		participant_id, event, outcome, code, detail, scope
	FROM $view
	$end
) AS t;
