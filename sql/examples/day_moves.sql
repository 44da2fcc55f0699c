-- Day moves: each symbol's daily bars, with the move from close to close.
SELECT
  symbol,
  window_start::DATE AS day,
  open,
  high,
  low,
  close,
  round(100 * (close / nullif(lag(close) OVER (PARTITION BY symbol ORDER BY window_start), 0) - 1), 2) AS percent
FROM bars_1d
ORDER BY symbol, day DESC;
