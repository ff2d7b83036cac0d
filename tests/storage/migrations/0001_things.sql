-- A schema that is as small as the engine's tests allow.
CREATE TABLE owners (
  tenant_id @id   NOT NULL PRIMARY KEY,
  name      @text NOT NULL CHECK (length(name) >= 1)
)@strict;

CREATE TABLE things (
  tenant_id @id   NOT NULL REFERENCES owners (tenant_id),
  id        @id   NOT NULL,
  name      @text NOT NULL,
  amount    @int  CONSTRAINT things_amount_range CHECK (amount > -1000 OR amount < -2000),
  picture   @bytes,
  day       @int,
  kind      @text NOT NULL DEFAULT 'plain' CHECK (kind IN ('plain', 'fancy')),
  parent_id @id,
  label     @text,
  PRIMARY KEY (tenant_id, id),
  CONSTRAINT things_label_once UNIQUE (tenant_id, label),
  UNIQUE (tenant_id, day, kind),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES things (tenant_id, id)
)@strict;
CREATE UNIQUE INDEX things_name ON things (tenant_id, name);

CREATE TABLE counters (
  name  @text NOT NULL PRIMARY KEY,
  value @int  NOT NULL
)@strict;
-- engine: sqlite
CREATE TABLE engine_only (sqlite INTEGER) STRICT;
-- engine: postgres
CREATE TABLE engine_only (postgres BIGINT);
