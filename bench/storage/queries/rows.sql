-- name: row_insert
-- system
INSERT INTO bench_rows (id, name, body) VALUES (:id, :name, :body);

-- name: row_get
-- system
SELECT name FROM bench_rows WHERE id = :id;
