-- Dead letters by reason, with one example of each: what it said and where it stood.
SELECT
  reason,
  count(*) AS letters,
  arg_max(detail, ingest_time) AS newest_detail,
  left(arg_max(value, ingest_time), 80) AS newest_value,
  arg_max(format('{}/{}@{}', origin_topic, origin_partition, origin_offset), ingest_time) AS stood_at,
  max(ingest_time) AS newest
FROM dead_letters_text
GROUP BY reason
ORDER BY letters DESC, reason;
