CREATE TYPE tier AS ENUM ('small', 'it''s large');
CREATE SEQUENCE counted AS integer START 7 INCREMENT 3 MAXVALUE 999 CYCLE;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := now(); RETURN NEW; END $$;
CREATE TABLE owner (id bigint GENERATED ALWAYS AS IDENTITY (START 100) PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, tier tier DEFAULT 'small');
CREATE TABLE hook (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner_id bigint REFERENCES owner (id) ON DELETE CASCADE,
  number serial,
  source varchar(255) NOT NULL CHECK (length(source) > 0),
  payload jsonb NOT NULL DEFAULT '{}',
  errors text[] DEFAULT ARRAY[]::text[],
  secret bytea,
  price numeric(12, 4),
  touched timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  twice numeric GENERATED ALWAYS AS (price * 2) STORED,
  "odd ""name" text COLLATE "C"
);
ALTER TABLE hook ADD COLUMN gone int;
ALTER TABLE hook DROP COLUMN gone;
CREATE INDEX hook_source ON hook (source, created_at DESC) WHERE source <> 'x';
CREATE INDEX hook_payload ON hook USING gin (payload);
CREATE UNIQUE INDEX hook_lower ON hook (lower(source), number);
CREATE TRIGGER hook_touch BEFORE UPDATE ON hook FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE hook IS 'it''s a hook';
COMMENT ON COLUMN hook.source IS 'whence';
CREATE TABLE nothing ();
CREATE TABLE schema_migrations (version text PRIMARY KEY, applied_at timestamptz DEFAULT now());
INSERT INTO schema_migrations (version) VALUES ('0001'), ('0002');
INSERT INTO owner (name) VALUES ('first'), ('second');
INSERT INTO hook (owner_id, source, price) SELECT 100, 's' || i, i FROM generate_series(1, 50) i;
