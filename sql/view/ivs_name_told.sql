-- ivs_name_told.sql - AWS IVS events by their name's id in dict: as the API calls
-- them, and what comes first of one instant.
--
-- EventBridge has names of its own; what has none of the API's, as recordings
-- have not, keeps them. Times mostly are whole seconds: rank is as dialect/ivs has it.

CREATE VIEW ivs_name_told AS
SELECT
	id,
	name,
	CASE name
		WHEN 'JOINED' THEN 0
		WHEN 'PUBLISH_STARTED' THEN 1
		WHEN 'SUBSCRIBE_STARTED' THEN 2
		WHEN 'REPLICATION_STARTED' THEN 3
		WHEN 'REPLICATION_STOPPED' THEN 5
		WHEN 'SUBSCRIBE_STOPPED' THEN 6
		WHEN 'PUBLISH_STOPPED' THEN 7
		WHEN 'LEFT' THEN 8
		ELSE 4
	END AS rank
FROM (
	SELECT id, CASE
			WHEN value = 'Participant Published' THEN 'PUBLISH_STARTED'
			WHEN value = 'Participant Unpublished' THEN 'PUBLISH_STOPPED'
			WHEN value = 'Participant Publish Error' THEN 'PUBLISH_ERROR'
			WHEN value LIKE 'Participant Replication Start%' THEN 'REPLICATION_STARTED'
			WHEN value LIKE 'Participant Replication End%'
				OR value LIKE 'Participant Replication Stop%' THEN 'REPLICATION_STOPPED'
			WHEN value LIKE '%Token Exchanged' THEN 'TOKEN_EXCHANGED'
			ELSE value
		END AS name
	FROM dict);
