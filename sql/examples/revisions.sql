-- Revisions: bars that a quote changed after they were closed, with the first and the final close.
SELECT
  symbol,
  window_start,
  count(*) AS versions,
  arg_min(close, revision) AS first_close,
  arg_max(close, revision) AS final_close,
  max("count") - min("count") AS quotes_added,
  max(processing_time) - min(processing_time) AS settled_after
FROM bar_revisions
GROUP BY symbol, window_start
HAVING max(revision) > 0
ORDER BY versions DESC, window_start DESC, symbol
LIMIT 50;
