-- oldest_quarantine.sql - the first to go when the cap is reached.
SELECT id, length(body) FROM quarantine ORDER BY id LIMIT 1;
