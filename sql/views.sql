-- Views over the tables of the lake: stocks, bars_1m, alerts, late_quotes, dead_letters.
-- A comment before each view says what it is; `tickerlake tables` shows it. All times are UTC.
-- In a lake with bars of another interval their table takes the place of bars_1m (packages/lake/bar_views.ts).

-- The bars of bars_1m as they finally are: the highest revision of each symbol and window.
-- The date is that of window_start; it is named so that a condition on it reaches the files.
CREATE VIEW bars AS
SELECT *
FROM bars_1m
QUALIFY row_number() OVER (PARTITION BY symbol, window_start, date ORDER BY revision DESC, source_offset DESC) = 1;

-- All bars of bars_1m, each with its revisions.
CREATE VIEW bar_revisions AS
SELECT *
FROM bars_1m;

-- The newest quote of each symbol, with its change against the previous close.
CREATE VIEW latest_quotes AS
WITH newest AS (
  SELECT
    symbol,
    unnest(arg_max(
      {price: price, event_time: event_time, day_volume: day_volume, bid: bid, ask: ask, previous_close: previous_close,
       currency: currency, exchange: exchange, market_state: market_state, source: source, ingest_time: ingest_time},
      row(event_time, source_offset)
    ))
  FROM stocks
  GROUP BY symbol
)
SELECT
  symbol,
  price,
  round(price - previous_close, 9) AS change,
  round(100 * (price - previous_close) / nullif(previous_close, 0), 9) AS change_percent,
  * EXCLUDE (symbol, price)
FROM newest;

-- Five-minute bars, rolled up from bars.
CREATE VIEW bars_5m AS
SELECT
  symbol,
  time_bucket(INTERVAL '5 minutes', window_start) AS window_start,
  time_bucket(INTERVAL '5 minutes', window_start) + INTERVAL '5 minutes' AS window_end,
  arg_min(open, bars.window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  arg_max(close, bars.window_start) AS close,
  sum(average * "count") / sum("count") AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum("count")::BIGINT AS "count",
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bars
GROUP BY ALL;

-- One-hour bars, rolled up from bars.
CREATE VIEW bars_1h AS
SELECT
  symbol,
  time_bucket(INTERVAL '1 hour', window_start) AS window_start,
  time_bucket(INTERVAL '1 hour', window_start) + INTERVAL '1 hour' AS window_end,
  arg_min(open, bars.window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  arg_max(close, bars.window_start) AS close,
  sum(average * "count") / sum("count") AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum("count")::BIGINT AS "count",
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bars
GROUP BY ALL;

-- Dead letters with key and value as text: NULL where the bytes are no UTF-8.
CREATE VIEW dead_letters_text AS
SELECT * REPLACE (TRY(decode(key)) AS key, TRY(decode(value)) AS value)
FROM dead_letters;

-- How fresh each table is: rows, newest event, newest arrival in the log, and how far that lies behind now.
CREATE VIEW freshness AS
WITH newest AS (
  SELECT 'stocks' AS table_name, count(*) AS row_count, max(event_time) AS newest_event,
    max(ingest_time) AS newest_ingest FROM stocks
  UNION ALL
  SELECT 'bars_1m', count(*), max(window_end), max(ingest_time) FROM bars_1m
  UNION ALL
  SELECT 'alerts', count(*), max(event_time), max(ingest_time) FROM alerts
  UNION ALL
  SELECT 'late_quotes', count(*), max(event_time), max(ingest_time) FROM late_quotes
  UNION ALL
  SELECT 'dead_letters', count(*), NULL, max(ingest_time) FROM dead_letters
)
SELECT *, round(epoch(now()) - epoch(newest_ingest), 1) AS seconds_behind
FROM newest;
