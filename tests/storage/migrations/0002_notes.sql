CREATE TABLE notes (
  tenant_id @id   NOT NULL REFERENCES owners (tenant_id),
  id        @id   NOT NULL,
  text      @text NOT NULL,
  PRIMARY KEY (tenant_id, id)
)@strict;
