-- Top movers: the symbols that are furthest from their previous close, by their newest quote.
SELECT
  symbol,
  price,
  round(change, 2) AS change,
  round(change_percent, 2) AS change_percent,
  event_time
FROM latest_quotes
WHERE change_percent IS NOT NULL
ORDER BY abs(change_percent) DESC
LIMIT 10;
