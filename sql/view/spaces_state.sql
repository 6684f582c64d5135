-- spaces_state.sql - what a Spaces message says of its sender's media: 1 on, 0 off,
-- NULL nothing. It serves media_intervals.
--
-- A message that ends the sender's part turns all off; one that is about the
-- shared screen is believed before the members that came with it.

CREATE VIEW spaces_state AS
SELECT
	e.event_id,
	e.scope,
	e.at_us,
	e.digest,
	e.origin,
	coalesce(e.topic, e.context_topic) AS topic,
	coalesce(e.user, e.context_user) AS user,
	CASE WHEN c.value IN ('video.end', 'app.event.presence.party.leaves')
		THEN 0 ELSE e.self_muted END AS muted,
	CASE WHEN c.value IN ('video.end', 'app.event.presence.party.leaves')
		THEN 0 ELSE e.video END AS video,
	CASE
		WHEN c.value IN ('video.end', 'app.event.presence.party.leaves',
			'video.stopscreenshare') THEN 0
		WHEN c.value = 'video.startscreenshare' THEN 1
		ELSE e.screenshare
	END AS screenshare
FROM spaces_event AS e
LEFT JOIN dict AS c ON c.id = e.category
WHERE coalesce(e.user, e.context_user) IS NOT NULL AND e.scope != 0;
