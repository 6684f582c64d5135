-- insert_origin.sql - ?1 app (dict), ?2 uid, ?3 gid, ?4 pid
INSERT INTO origin (app, uid, gid, pid) VALUES (?1, ?2, ?3, ?4);
