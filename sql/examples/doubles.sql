-- Doubles: records that stand in a table more than once. Exactly-once means that this finds nothing.
WITH provenance AS (
  SELECT 'stocks' AS table_name, source_topic, source_partition, source_offset FROM stocks
  UNION ALL SELECT 'bars', source_topic, source_partition, source_offset FROM bar_revisions
  UNION ALL SELECT 'alerts', source_topic, source_partition, source_offset FROM alerts
  UNION ALL SELECT 'late_quotes', source_topic, source_partition, source_offset FROM late_quotes
  UNION ALL SELECT 'dead_letters', source_topic, source_partition, source_offset FROM dead_letters
  UNION ALL SELECT 'history_bars', source_topic, source_partition, source_offset FROM history_bars
  UNION ALL SELECT 'history_days', source_topic, source_partition, source_offset FROM history_days
  UNION ALL SELECT 'corporate_actions', source_topic, source_partition, source_offset FROM corporate_actions
)
SELECT table_name, source_topic, source_partition, source_offset, count(*) AS copies
FROM provenance
GROUP BY ALL
HAVING count(*) > 1
ORDER BY ALL
LIMIT 100;
