-- Moving average: each bar's close against the mean of the last 20 bars, and on which side of it the close lies.
SELECT
  symbol,
  window_start,
  close,
  round(sma20, 4) AS sma20,
  round(ema20, 4) AS ema20,
  round(vwap_today, 4) AS vwap_today,
  CASE WHEN close > sma20 THEN 'above' WHEN close < sma20 THEN 'below' END AS side
FROM moving_averages
ORDER BY symbol, window_start DESC;
