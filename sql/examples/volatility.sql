-- Volatility: how much each symbol's price moves from bar to bar, by day, in percent. A return over a gap is left out.
SELECT
  symbol,
  window_start::DATE AS day,
  count(log_return) AS returns,
  round(100 * stddev_samp(log_return), 4) AS percent_per_bar,
  round(100 * max(abs(simple_return)), 4) AS largest_percent
FROM returns
WHERE since_previous <= INTERVAL 5 minutes
GROUP BY symbol, day
ORDER BY day DESC, percent_per_bar DESC NULLS LAST, symbol;
