-- Silences: minutes of a day without a bar between two bars of a symbol, at any hour. The view gaps tells why.
WITH neighbours AS (
  SELECT
    symbol,
    date,
    window_end AS gap_start,
    lead(window_start) OVER (PARTITION BY symbol, date ORDER BY window_start) AS gap_end
  FROM bars
)
SELECT symbol, gap_start, gap_end, date_diff('minute', gap_start, gap_end) AS minutes
FROM neighbours
WHERE gap_end > gap_start
ORDER BY minutes DESC, symbol, gap_start
LIMIT 50;
