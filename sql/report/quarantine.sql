-- quarantine.sql - what could not be stored, and why; newest first.
--
-- The window is when it came. body is text, or hex (see encoding) where it is
-- not; a list shows how it begins, a look-up by id all that was kept.
--
-- param id int: one entry alone
-- where app: q.app
-- where uid: q.uid
-- where source: q.source
-- where code: q.code
-- where field: q.field

SELECT
	q.quarantine_id,
	q.received,
	q.received_ms,
	q.app,
	q.uid,
	q.pid,
	q.source,
	q.line,
	q.event,
	q.code,
	q.field,
	q.message,
	q.length_bytes,
	CASE WHEN q.code = 'bad-utf8' OR instr(q.body, x'00') THEN 'hex' ELSE 'text' END AS encoding,
	CASE WHEN q.code = 'bad-utf8' OR instr(q.body, x'00')
		THEN hex(substr(q.body, 1, CASE WHEN :id IS NULL THEN 128 ELSE length(q.body) END))
		ELSE substr(CAST(q.body AS TEXT), 1, CASE WHEN :id IS NULL THEN 256 ELSE length(q.body) END)
	END AS body
FROM quarantined AS q
WHERE q.quarantine_id >= coalesce(:id, 0) AND q.quarantine_id <= coalesce(:id, 9223372036854775807)
	AND +q.received_ms >= :since_ms AND +q.received_ms < :until_ms
	AND (:app IS NULL OR q.app = :app)$where
ORDER BY q.quarantine_id DESC
