-- Late quotes: how many came too late to revise their bar, and by how much.
SELECT
  symbol,
  count(*) AS late,
  round(median(late_by_ms) / 1000, 1) AS median_seconds,
  round(max(late_by_ms) / 1000, 1) AS max_seconds,
  min(event_time) AS oldest,
  max(event_time) AS newest
FROM late_quotes
GROUP BY symbol
ORDER BY late DESC, symbol;
