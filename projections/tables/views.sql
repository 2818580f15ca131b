-- Verdicts slot by slot, out of the days; slots are arrays in the order of slotNames.
CREATE VIEW slots WITH (security_invoker = true) AS
SELECT d.org, d.member, d.date, s.ordinality AS ordinal,
       (s.slot->>0)::int AS section, s.slot->>1 AS check_type,
       (s.slot->>2)::timestamptz AS plan_at, (s.slot->>3)::timestamptz AS punch_at,
       s.slot->>4 AS time_result, s.slot->>5 AS location_result,
       (s.slot->>6)::int AS minutes, s.slot->>7 AS source_type
FROM days d CROSS JOIN LATERAL json_array_elements(d.slots::json) WITH ORDINALITY AS s(slot, ordinality);
