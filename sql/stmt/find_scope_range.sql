-- find_scope_range.sql - ?1 scope: from when to when there are events of its sessions; NULL if it has none.
SELECT min(first_us), max(last_us) FROM session WHERE scope = ?1;
