-- last_key.sql - the highest key given to an attempt, a connection or a session's scope.
SELECT max(coalesce((SELECT max(id) FROM join_attempt), 0),
           coalesce((SELECT max(id) FROM connect), 0),
           coalesce((SELECT max(id) FROM session_scope), 0));
