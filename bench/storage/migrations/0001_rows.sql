CREATE TABLE bench_rows (
  id   @id   NOT NULL PRIMARY KEY,
  name @text NOT NULL,
  body @text NOT NULL
)@strict;
