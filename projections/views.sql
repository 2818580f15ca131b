-- Verdicts slot by slot, out of the days.
CREATE VIEW slots WITH (security_invoker = true) AS
SELECT d.org, d.member, d.date, s.ordinality AS ordinal,
       (s.slot->>'section')::int AS section, s.slot->>'check_type' AS check_type,
       (s.slot->>'plan_at')::timestamptz AS plan_at, (s.slot->>'punch_at')::timestamptz AS punch_at,
       s.slot->>'time_result' AS time_result, s.slot->>'location_result' AS location_result,
       (s.slot->>'minutes')::int AS minutes, s.slot->>'source_type' AS source_type
FROM days d CROSS JOIN LATERAL json_array_elements(d.slots::json) WITH ORDINALITY AS s(slot, ordinality);
