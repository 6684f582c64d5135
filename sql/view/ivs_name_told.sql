-- ivs_name_told.sql - what comes first of AWS IVS events of one instant, by their
-- name's id in dict.
--
-- Their times mostly are whole seconds. As dialect/ivs has it, and EventBridge's
-- names as the others they stand for.

CREATE VIEW ivs_name_told AS
SELECT
	id,
	CASE value
		WHEN 'JOINED' THEN 0
		WHEN 'PUBLISH_STARTED' THEN 1
		WHEN 'Participant Published' THEN 1
		WHEN 'SUBSCRIBE_STARTED' THEN 2
		WHEN 'REPLICATION_STARTED' THEN 3
		WHEN 'Participant Replication Start' THEN 3
		WHEN 'REPLICATION_STOPPED' THEN 5
		WHEN 'Participant Replication End' THEN 5
		WHEN 'SUBSCRIBE_STOPPED' THEN 6
		WHEN 'PUBLISH_STOPPED' THEN 7
		WHEN 'Participant Unpublished' THEN 7
		WHEN 'LEFT' THEN 8
		ELSE 4
	END AS rank
FROM dict;
