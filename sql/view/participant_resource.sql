-- participant_resource.sql - participants in the shape of RealtimeKit's API,
-- whatever their vendor.
--
-- Internal. What that API has a name for comes first, under that name. It calls
-- a peer's id the participant's; where a vendor has no such thing it is the
-- participant's own. duration is in minutes.

CREATE VIEW participant_resource AS
SELECT
	coalesce(p.peer_id, p.participant_id) AS id,
	p.user_id,
	p.custom_participant_id,
	p.display_name,
	NULL AS preset_name,
	p.joined AS joined_at,
	p.left AS left_at,
	round(p.duration_ms / 60000.0, 6) AS duration,
	p.joined AS created_at,
	coalesce(p.left, p.joined) AS updated_at,
	p.session_id,
	p.call_id,
	p.source,
	p.app,
	(SELECT organization_id FROM sessions AS s
		WHERE s.session_id = p.session_id AND s.source = p.source AND s.app = p.app
			AND s.call_id IS p.call_id) AS organization_id,
	p.participant_id,
	p.peer_id,
	p.is_local,
	p.how_left,
	p.how_left_class,
	p.events,
	p.joined_ms,
	p.left_ms,
	p.duration_ms
FROM participants AS p;
