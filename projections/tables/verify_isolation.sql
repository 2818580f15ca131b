DO $walls$
DECLARE
  place text;
  shown text;
  seen boolean;
BEGIN
  FOR place, shown IN SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname IN (current_schema(), 'rm') AND c.relkind = 'v' AND c.relpersistence = 'p' ORDER BY 1, 2 LOOP
    BEGIN
      EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I', place, shown) || CASE
        WHEN current_setting('daka.member') = '' THEN ')'
        WHEN shown = 'stream_heads' THEN ' WHERE stream = ANY(current_setting(''daka.streams'')::text[]))'
        WHEN shown IN ('days', 'slots', 'months') THEN ' WHERE member = current_setting(''daka.member'')::uuid)'
        ELSE ')' END INTO seen;
    EXCEPTION WHEN invalid_text_representation THEN
      IF current_setting('app.tenant') <> '' THEN
        RAISE;
      END IF;
      seen := false;
    END;
    IF seen THEN
      RAISE EXCEPTION USING ERRCODE = 'DAKA1', MESSAGE = shown;
    END IF;
  END LOOP;
END $walls$
