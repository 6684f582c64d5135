-- peers.sql - participants by peer id, for finding one from a peer id alone.

CREATE VIEW peers AS
SELECT
	(SELECT value FROM dict WHERE id = c.source) AS source,
	(SELECT value FROM dict WHERE id = c.app) AS app,
	p.peer_id,
	s.session_id,
	p.participant_id,
	p.user_id
FROM participant AS p
JOIN session AS s ON s.id = p.session
JOIN session_scope AS c ON c.id = s.scope
WHERE p.peer_id IS NOT NULL;
