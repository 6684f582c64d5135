-- peers.sql - participants by peer id, for finding one from a peer id alone.

CREATE VIEW peers AS
SELECT
	(SELECT value FROM dict WHERE id = n.source) AS source,
	(SELECT value FROM dict WHERE id = n.app) AS app,
	p.peer_id,
	n.name AS session_id,
	+s.call_id AS call_id,
	p.participant_id,
	p.user_id
FROM participant AS p
JOIN session AS s ON s.id = p.session
JOIN session_scope AS n ON n.id = s.name
WHERE p.peer_id IS NOT NULL;
