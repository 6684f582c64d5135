-- find_origin.sql - ?1 app (dict), ?2 uid, ?3 gid, ?4 pid
SELECT id FROM origin WHERE app = ?1 AND uid = ?2 AND gid = ?3 AND pid = ?4;
