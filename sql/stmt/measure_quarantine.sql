-- measure_quarantine.sql - bytes held between two ids. ?1 first id, ?2 last id
SELECT coalesce(sum(length(body)), 0) FROM quarantine WHERE id BETWEEN ?1 AND ?2;
