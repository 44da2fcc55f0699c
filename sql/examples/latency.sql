-- Latency by hour: from the quote's own time to Kafka (the source's delay) and from Kafka to the writer.
SELECT
  date_trunc('hour', ingest_time) AS hour,
  count(*) AS quotes,
  round(median(epoch_ms(ingest_time) - epoch_ms(event_time))) AS source_median_ms,
  round(median(epoch_ms(processing_time) - epoch_ms(ingest_time))) AS writer_median_ms,
  round(quantile_cont(epoch_ms(processing_time) - epoch_ms(ingest_time), 0.99)) AS writer_p99_ms
FROM stocks
GROUP BY hour
ORDER BY hour DESC
LIMIT 48;
