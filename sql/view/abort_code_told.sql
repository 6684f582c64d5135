-- abort_code_told.sql - the failure codes of GetStream that are no failures: the client gave up, or the
-- backend ended the call. As in core/fact.c.

CREATE VIEW abort_code_told AS
SELECT id FROM dict WHERE value IN ('CLIENT_ABORTED', 'BACKEND_LEAVE');
