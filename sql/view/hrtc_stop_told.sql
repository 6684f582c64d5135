-- hrtc_stop_told.sql - HRTC's streams that were told to have stopped, and what that was over with.
--
-- Internal. One row an element of stream-interrupted, also where it says again what was told
-- before. t is what the client tells of the stream next: that it stopped once more, or that it
-- recovered. over_event is what it was over with before that: the earliest, at that moment or
-- later and in the same session, of
--
--	t	the recovery;
--	c	the end of the client's own connection (or a change from DISCONNECTED, which tells
--		that it had ended);
--	l	the leaving or the ban of the stream's user, whoever tells it, or the removal of the
--		stream, as the client tells it;
--	r	the leaving or the ban of the client's own user;
--	b	a ban of either that does not tell whose it is: its reporter's.
--
-- Each is looked for no further than the one before. A removal that does not tell its stream's
-- type is of all types.

CREATE VIEW hrtc_stop_told AS
SELECT
	e.event_id,
	e.n,
	e.origin,
	e.scope,
	e.at_us,
	e.digest,
	e.tells_streams,
	e.room,
	e.reporter,
	e.user_id,
	e.is_screen,
	e.extra,
	e.session_first_us,
	e.session_last_us,
	coalesce(b.event_id, r.event_id, l.event_id, e.over_event) AS over_event
FROM (
	SELECT
		e.event_id,
		i.n,
		e.origin,
		e.scope,
		e.at_us,
		e.digest,
		e.tells_streams,
		coalesce(e.room_id, e.payload_room_id) AS room,
		e.reporter,
		i.user_id,
		i.is_screen,
		i.extra,
		coalesce(s.first_us, 0) AS session_first_us,
		coalesce(s.last_us, 9223372036854775807) AS session_last_us,
		u.id AS user,
		coalesce(c.event_id, CASE WHEN t.name <> e.name THEN t.event_id END) AS over_event,
		coalesce(c.at_us, t.at_us - (t.name = e.name), s.last_us, 9223372036854775807) AS until_us
	FROM hrtc_event AS e
	CROSS JOIN hrtc_item_told AS i ON i.id BETWEEN e.event_id * 1024 AND e.event_id * 1024 + 1023
	LEFT JOIN session AS s ON s.id = (
		SELECT id FROM session WHERE scope = e.scope AND first_us <= e.at_us ORDER BY first_us DESC LIMIT 1)
	LEFT JOIN user AS u ON u.app = (SELECT app FROM origin WHERE id = e.origin)
		AND u.user_id = (SELECT value FROM dict WHERE id = i.user_id)
	LEFT JOIN hrtc_event AS t ON t.event_id = (
		SELECT v.event_id
		FROM hrtc_event AS v
		CROSS JOIN hrtc_item_told AS j ON j.id BETWEEN v.event_id * 1024 AND v.event_id * 1024 + 1023
		WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.tells_streams IS NOT NULL
			AND v.at_us >= e.at_us AND v.at_us <= coalesce(s.last_us, 9223372036854775807)
			AND j.user_id IS i.user_id AND j.is_screen IS i.is_screen
			AND (v.name <> e.name OR (v.at_us, v.digest, j.n) > (e.at_us, e.digest, i.n))
		ORDER BY v.at_us, v.name = (SELECT id FROM dict WHERE value = 'stream-recovered') LIMIT 1)
	LEFT JOIN hrtc_event AS c ON c.event_id = (
		SELECT v.event_id
		FROM hrtc_event AS v
		WHERE v.scope = e.scope AND v.reporter IS e.reporter AND v.current_state IS NOT NULL
			AND v.at_us >= e.at_us
			AND v.at_us <= coalesce(t.at_us - (t.name = e.name), s.last_us, 9223372036854775807)
			AND (SELECT id FROM dict WHERE value = 'DISCONNECTED') IN (v.previous_state, v.current_state)
		ORDER BY v.at_us LIMIT 1)
	WHERE e.name = (SELECT id FROM dict WHERE value = 'stream-interrupted')
) AS e
LEFT JOIN hrtc_event AS l ON l.event_id = (
	SELECT v.event_id
	FROM hrtc_event AS v
	WHERE v.scope = e.scope AND v.user = e.user AND v.at_us >= e.at_us AND v.at_us <= e.until_us
		AND CASE (SELECT value FROM dict WHERE id = v.name)
			WHEN 'peer-leave' THEN 1
			WHEN 'client-banned' THEN 1
			WHEN 'stream-removed' THEN v.reporter IS e.reporter AND (v.stream_type IS NULL
				OR (v.stream_type IS (SELECT id FROM dict WHERE value = 'desktop')) IS e.is_screen)
		END
	ORDER BY v.at_us LIMIT 1)
LEFT JOIN hrtc_event AS r ON r.event_id = (
	SELECT v.event_id
	FROM hrtc_event AS v
	WHERE v.scope = e.scope AND v.user = e.reporter AND v.at_us >= e.at_us
		AND v.at_us <= coalesce(l.at_us, e.until_us)
		AND v.name IN (SELECT id FROM dict WHERE value IN ('peer-leave', 'client-banned'))
	ORDER BY v.at_us LIMIT 1)
LEFT JOIN hrtc_event AS b ON b.event_id = (
	SELECT v.event_id
	FROM hrtc_event AS v
	WHERE v.name = (SELECT id FROM dict WHERE value = 'client-banned')
		AND v.at_us / 1000 >= e.at_us / 1000 AND v.at_us / 1000 <= coalesce(r.at_us, l.at_us, e.until_us) / 1000
		AND v.at_us >= e.at_us AND v.at_us <= coalesce(r.at_us, l.at_us, e.until_us)
		AND v.scope = e.scope AND v.user IS NULL AND v.reporter IN (e.user, e.reporter)
	ORDER BY v.at_us LIMIT 1);
