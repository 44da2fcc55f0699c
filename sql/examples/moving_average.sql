-- Moving average: each bar's close against the mean of the last 20 bars, and on which side of it the close lies.
SELECT
  symbol,
  window_start,
  close,
  round(avg(close) OVER last20, 4) AS average20,
  CASE WHEN close > avg(close) OVER last20 THEN 'above' ELSE 'below' END AS side,
  count(*) OVER last20 = 20 AS settled
FROM bars
WINDOW last20 AS (PARTITION BY symbol ORDER BY window_start ROWS BETWEEN 19 PRECEDING AND CURRENT ROW)
ORDER BY symbol, window_start DESC;
