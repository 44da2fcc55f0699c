-- Volume profile: how the volume of each symbol's newest day spreads over its prices, in ten steps from low to high.
WITH today AS (
  SELECT symbol, (high + low + close) / 3 AS price, volume
  FROM bars
  WHERE volume > 0
  QUALIFY date = max(date) OVER (PARTITION BY symbol)
),
steps AS (
  SELECT
    *,
    min(price) OVER (PARTITION BY symbol) AS lowest,
    greatest(max(price) OVER (PARTITION BY symbol) - lowest, 0.0001) / 10 AS step
  FROM today
)
SELECT
  symbol,
  round(lowest + step * least(floor((price - lowest) / step), 9), 4) AS price_from,
  sum(volume) AS volume,
  repeat('#', ceil(20 * sum(volume) / max(sum(volume)) OVER (PARTITION BY symbol))::INTEGER) AS profile
FROM steps
GROUP BY symbol, lowest, step, price_from
ORDER BY symbol, price_from DESC;
