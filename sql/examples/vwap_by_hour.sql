-- Volume-weighted average price by hour. NULL where no volume is known (an index, or the first sight of a symbol).
SELECT
  symbol,
  window_start AS hour,
  round(vwap, 4) AS vwap,
  volume,
  "count" AS quotes,
  complete
FROM bars_1h
ORDER BY symbol, hour;
