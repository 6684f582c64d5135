-- get_user.sql - ?1 id
SELECT user_id FROM user WHERE id = ?1;
