-- Bollinger bands: each symbol's newest bar, and on which side of its bands it closed. NULL before there are 20 bars.
SELECT
  symbol,
  window_start,
  close,
  round(lower, 4) AS lower,
  round(upper, 4) AS upper,
  CASE WHEN close > upper THEN 'above' WHEN close < lower THEN 'below' WHEN middle IS NOT NULL THEN 'inside' END AS place
FROM bollinger_bands
QUALIFY window_start = max(window_start) OVER (PARTITION BY symbol)
ORDER BY abs(percent_b - 0.5) DESC NULLS LAST, symbol;
