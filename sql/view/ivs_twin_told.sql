-- ivs_twin_told.sql - events of EventBridge that the API tells as well.
--
-- The same thing of the same participant, of the same second: one form may tell
-- fractions of it. EventBridge does not always tell the code.

CREATE VIEW ivs_twin_told AS
SELECT b.event_id
FROM ivs_bridge_event AS b
CROSS JOIN ivs_event AS e ON e.scope = b.scope
	AND e.at_us >= b.at_us / 1000000 * 1000000 AND e.at_us < b.at_us / 1000000 * 1000000 + 1000000
WHERE b.scope <> 0
	AND coalesce(e.participant_id, e.asked_participant_id) = b.participant_id
	AND (b.error_code IS NULL OR e.error_code = b.error_code)
	AND (SELECT name FROM ivs_name_told WHERE id = b.event_name) = (SELECT value FROM dict WHERE id = e.name);
