-- One uploaded list and its lines. Lines are walked by their number, in both directions, so that every pass can stop and go on.

-- name: import_insert
INSERT INTO imports (tenant_id, id, state, format, file_name, file_hash, delimiter, encoding, columns, options, counts,
                     done_line, actor, created_at)
VALUES (:tenant_id, :id, :state, :format, :file_name, :file_hash, :delimiter, :encoding, :columns, :options, :counts, 0, :actor,
        :created_at);

-- name: import_get
SELECT id, state, format, file_name, file_hash, delimiter, encoding, columns, options, counts, done_line, actor, created_at,
       committed_at, undone_at
FROM imports WHERE tenant_id = :tenant_id AND id = :id;

-- name: imports_page
SELECT id, state, format, file_name, file_hash, delimiter, encoding, columns, options, counts, done_line, actor, created_at,
       committed_at, undone_at
FROM imports
WHERE tenant_id = :tenant_id AND state <> 'uploading' AND (created_at, id) < (:before_at, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: import_set_columns
UPDATE imports SET state = 'preparing', columns = :columns, options = :options, done_line = 0
WHERE tenant_id = :tenant_id AND id = :id AND state IN ('preview', 'preparing');

-- name: import_end_preview
UPDATE imports SET state = 'preview', counts = :counts, done_line = 0
WHERE tenant_id = :tenant_id AND id = :id AND state = :from AND columns = :columns AND options = :options;

-- name: import_begin
UPDATE imports SET state = :to, done_line = :done_line WHERE tenant_id = :tenant_id AND id = :id AND state = :from;

-- name: import_advance
UPDATE imports SET done_line = :to, counts = :counts
WHERE tenant_id = :tenant_id AND id = :id AND state = :state AND done_line = :from;

-- name: import_end_commit
UPDATE imports SET state = 'committed', committed_at = :now, done_line = 0
WHERE tenant_id = :tenant_id AND id = :id AND state = 'committing';

-- name: import_end_undo
UPDATE imports SET state = 'undone', undone_at = :now, done_line = 0
WHERE tenant_id = :tenant_id AND id = :id AND state = 'undoing';

-- name: import_same_file
SELECT id FROM imports
WHERE tenant_id = :tenant_id AND file_hash = :file_hash AND state IN ('committing', 'committed') AND id <> :id
ORDER BY created_at DESC LIMIT 1;

-- Uploads whose process went away, and previews that nobody committed.
-- name: imports_stale
SELECT id FROM imports
WHERE tenant_id = :tenant_id AND ((state = 'uploading' AND created_at < :uploading_before)
                                  OR (state IN ('preview', 'preparing') AND created_at < :preview_before))
ORDER BY created_at LIMIT 20;

-- name: import_delete
DELETE FROM imports WHERE tenant_id = :tenant_id AND id = :id AND state IN ('uploading', 'preparing', 'preview');

-- name: import_lines_delete
DELETE FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id
  AND line IN (SELECT line FROM import_lines WHERE tenant_id = :tenant_id AND import_id = :import_id ORDER BY line LIMIT :limit);

-- name: import_line_insert
INSERT INTO import_lines (tenant_id, import_id, line, outcome, row_json, errors, warnings, repeats)
VALUES (:tenant_id, :import_id, :line, :outcome, :row_json, :errors, :warnings, :repeats);

-- name: import_line_judge
UPDATE import_lines SET outcome = :outcome, errors = :errors, warnings = :warnings, repeats = :repeats
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line = :line;

-- name: import_line_applied
UPDATE import_lines
SET outcome = :outcome, errors = :errors, warnings = :warnings, client_id = :client_id, before_json = :before_json
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line = :line;

-- name: import_line_undone
UPDATE import_lines SET undo = :undo, errors = :errors
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line = :line;

-- name: import_lines_after
SELECT line, outcome, row_json, errors, warnings, repeats, client_id, before_json, undo FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line > :after ORDER BY line LIMIT :limit;

-- name: import_lines_before
SELECT line, outcome, row_json, errors, warnings, repeats, client_id, before_json, undo FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line < :before ORDER BY line DESC LIMIT :limit;

-- name: import_lines_of_outcome
SELECT line, outcome, row_json, errors, warnings, repeats, client_id, before_json, undo FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id AND outcome = :outcome AND line > :after ORDER BY line LIMIT :limit;

-- name: import_count_outcomes
SELECT outcome, COUNT(*) AS lines FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id GROUP BY outcome;

-- name: import_count_undone
SELECT undo, COUNT(*) AS lines FROM import_lines
WHERE tenant_id = :tenant_id AND import_id = :import_id AND undo IS NOT NULL GROUP BY undo;

-- What a list can name as its plan.
-- name: import_plans
SELECT id, name, name_key, plan_type, price_amount, price_currency FROM plans
WHERE tenant_id = :tenant_id AND archived_at IS NULL ORDER BY name_key, id LIMIT :limit;

-- Undo: what stands in the way, and what goes.

-- name: undo_client_messages
SELECT COUNT(*) AS messages FROM (
  SELECT 1 FROM messages WHERE tenant_id = :tenant_id AND client_id = :client_id LIMIT 1) m;

-- name: undo_subscription_messages
SELECT COUNT(*) AS messages FROM (
  SELECT 1 FROM messages
  WHERE tenant_id = :tenant_id AND client_id = (SELECT client_id FROM subscriptions WHERE tenant_id = :tenant_id AND id = :id)
    AND subscription_id = :id LIMIT 1) m;

-- name: undo_delete_facets
DELETE FROM client_facets WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_tags
DELETE FROM client_tags WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_notes
DELETE FROM client_notes WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_events
DELETE FROM client_events WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_renewals
DELETE FROM renewals WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_subscriptions
DELETE FROM subscriptions WHERE tenant_id = :tenant_id AND client_id = :client_id;

-- name: undo_delete_client
DELETE FROM clients WHERE tenant_id = :tenant_id AND id = :client_id;

-- name: undo_delete_renewal
DELETE FROM renewals WHERE tenant_id = :tenant_id AND id = :id;

-- name: undo_delete_renewals_of_subscription
DELETE FROM renewals WHERE tenant_id = :tenant_id AND subscription_id = :id;

-- name: undo_delete_subscription
DELETE FROM subscriptions WHERE tenant_id = :tenant_id AND id = :id;

-- name: import_lines_of_client
SELECT import_id, line, before_json FROM import_lines
WHERE tenant_id = :tenant_id AND client_id = :client_id AND before_json IS NOT NULL AND undo IS NULL
ORDER BY import_id, line LIMIT 1000;

-- name: import_line_set_before
UPDATE import_lines SET before_json = :before_json
WHERE tenant_id = :tenant_id AND import_id = :import_id AND line = :line;
