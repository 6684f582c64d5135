-- timeline.sql - every vendor's events, for people to read.
--
-- event says what happened, outcome and code how it ended, detail the rest that
-- is worth a glance. session_id is that of the record of sessions, where the
-- vendor gives none of its own. ORDER BY is left to who asks, by timestamp_ms,
-- turn and event_id: in here, it would make count(*) write out every row first.
-- turn is the microseconds within timestamp_ms, then the rank, below 100, that a
-- vendor's part gives what may happen at one instant.
--
-- Between $each and $end stands what is repeated for the part of each vendor,
-- $view, and joined by UNION ALL. SQLite searches and merges the parts by their
-- own indexes, but only where a column has one type in all of them: hence CAST.
-- A vendor without attempts joins join_attempt by its scope, which no attempt
-- has, so that the search for an attempt's events is over at once there.

CREATE VIEW timeline AS
SELECT
	t.event_id,
	t.source,
	t.app,
	t.at_us / 1000 AS timestamp_ms,
	strftime('%Y-%m-%dT%H:%M:%S', t.at_us / 1000000, 'unixepoch')
		|| CASE WHEN t.at_us % 1000 THEN printf('.%06dZ', t.at_us % 1000000)
			ELSE printf('.%03dZ', t.at_us / 1000 % 1000) END AS timestamp,
	t.at_us % 1000 * 100 + t.rank AS turn,
	coalesce((SELECT name FROM session_scope WHERE id = (
		SELECT s.name FROM session AS s WHERE s.scope = t.scope AND s.first_us <= t.at_us
		ORDER BY s.first_us DESC LIMIT 1)), t.session_id) AS session_id,
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
	SELECT
		event_id,
		CAST(source AS TEXT) AS source,
		CAST(app AS TEXT) AS app,
		at_us,
		CAST(session_id AS TEXT) AS session_id,
		join_attempt_id,
		CAST(coordinator_connect_id AS TEXT) AS coordinator_connect_id,
		CAST(user_id AS TEXT) AS user_id,
		CAST(participant_id AS TEXT) AS participant_id,
		CAST(event AS TEXT) AS event,
		rank,
		CAST(outcome AS TEXT) AS outcome,
		CAST(code AS TEXT) AS code,
		CAST(detail AS TEXT) AS detail,
		scope
	FROM $view
	$end
) AS t;
