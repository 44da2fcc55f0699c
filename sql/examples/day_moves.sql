-- Day moves: each symbol's daily bars, by trading day, with the move from close to close.
SELECT
  symbol,
  trade_date AS day,
  open,
  high,
  low,
  close,
  round(100 * (close / nullif(lag(close) OVER (PARTITION BY symbol ORDER BY trade_date), 0) - 1), 2) AS percent
FROM bars_1d
ORDER BY symbol, day DESC;
