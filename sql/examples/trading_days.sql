-- Trading days of live bars and history together, in shares of today, and how much of each day is live.
SELECT
  symbol,
  trade_date,
  arg_min(open, window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  arg_max(close, window_start) AS close,
  sum(volume) AS volume,
  count(*) AS bars,
  count(*) FILTER (origin = 'live') AS live_bars
FROM bars_adjusted
WHERE trade_date > (SELECT max(date) - 30 FROM bars)
GROUP BY ALL
ORDER BY symbol, trade_date DESC;
