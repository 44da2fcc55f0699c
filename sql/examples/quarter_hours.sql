-- Quarter hours: 15-minute bars of the newest day.
SELECT symbol, window_start, open, high, low, close, volume, bars AS bars_with_quotes
FROM bars_15m
WHERE window_start::DATE = (SELECT max(date) FROM bars)
ORDER BY symbol, window_start DESC;
