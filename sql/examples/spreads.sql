-- Spreads: how far bid and ask are apart, in basis points of their middle. Crossed and one-sided quotes are left out.
WITH spreads AS (
  SELECT symbol, 10000 * (ask - bid) / ((ask + bid) / 2) AS basis_points
  FROM stocks
  WHERE bid > 0 AND ask >= bid
)
SELECT
  symbol,
  count(*) AS quotes,
  round(avg(basis_points), 2) AS mean,
  round(median(basis_points), 2) AS median,
  round(quantile_cont(basis_points, 0.99), 2) AS p99,
  round(max(basis_points), 2) AS widest
FROM spreads
GROUP BY symbol
ORDER BY median DESC, symbol;
