-- Overbought and oversold: the symbols whose newest RSI is above 70 or below 30.
SELECT
  symbol,
  window_start,
  close,
  round(rsi14, 1) AS rsi14,
  CASE WHEN rsi14 > 70 THEN 'overbought' ELSE 'oversold' END AS state
FROM rsi
QUALIFY window_start = max(window_start) OVER (PARTITION BY symbol) AND (rsi14 > 70 OR rsi14 < 30)
ORDER BY rsi14 DESC, symbol;
