-- export.sql - every event as it was accepted, an envelope each, in the order of event_id.
--
-- Written as a report is, but for the columns: each dialect's come from its table
-- of fields, and this is what stands behind them. No index on time may serve it:
-- a page is a range of event ids.
--
-- param source text: only events of this source
-- param times text: which rows bear at: those of events without a time of their own ("missing", if not
--	given), or "all"

NOT INDEXED
WHERE e.event_id > :after AND e.event_id <= :last
	AND e.at_us / 1000 >= :since_ms AND e.at_us / 1000 < :until_ms
	AND (:app IS NULL OR e.origin IN (SELECT o.id FROM origin AS o JOIN dict AS d ON d.id = o.app
		WHERE d.value = :app))
ORDER BY e.event_id
