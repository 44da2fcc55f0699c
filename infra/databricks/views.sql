-- The views of sql/views.sql in the SQL of Databricks and Spark (4.0 or newer), over the tables of tables.sql. What
-- each column means stands there and in docs/sql.md. A test holds every view equal to ours, row by row, on the same
-- tables. The session's time zone changes no value: windows are cut by seconds since 1970, and dates are columns.
-- gaps, market_sessions and symbol_calendars are not here: they come out of calendars, which are code.

USE CATALOG market;

USE SCHEMA lake;

-- The bars of bars_1m as they finally are: the highest revision of each symbol and window.
-- The date is that of window_start; it is named so that a condition on it reaches the files.
CREATE OR REPLACE VIEW bars AS
SELECT * EXCEPT (nth)
FROM (
  SELECT
    *,
    row_number() OVER
      (PARTITION BY symbol, window_start, date ORDER BY revision DESC, source_offset DESC) AS nth
  FROM bars_1m
)
WHERE nth = 1;

-- All bars of bars_1m, each with its revisions.
CREATE OR REPLACE VIEW bar_revisions AS
SELECT *
FROM bars_1m;

-- The newest quote of each symbol, with its change against the previous close.
CREATE OR REPLACE VIEW latest_quotes AS
WITH newest AS (
  SELECT
    symbol,
    max_by(
      struct(price, event_time, day_volume, bid, ask, previous_close, currency, exchange, market_state, source,
        ingest_time),
      struct(event_time, source_offset)
    ) AS quote
  FROM stocks
  GROUP BY symbol
)
SELECT
  symbol,
  quote.price AS price,
  round(quote.price - quote.previous_close, 9) AS change,
  round(100 * (quote.price - quote.previous_close) / nullif(quote.previous_close, 0), 9) AS change_percent,
  quote.* EXCEPT (price)
FROM newest;

-- Five-minute bars, rolled up from bars.
CREATE OR REPLACE VIEW bars_5m AS
WITH bucketed AS (
  SELECT *, timestamp_seconds(unix_seconds(window_start) - pmod(unix_seconds(window_start), 300)) AS bucket
  FROM bars
)
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL '5' MINUTE AS window_end,
  min_by(open, window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  max_by(close, window_start) AS close,
  sum(average * count) / sum(count) AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum(count) AS count,
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bucketed
GROUP BY symbol, bucket;

-- Quarter-hour bars, rolled up from bars.
CREATE OR REPLACE VIEW bars_15m AS
WITH bucketed AS (
  SELECT *, timestamp_seconds(unix_seconds(window_start) - pmod(unix_seconds(window_start), 900)) AS bucket
  FROM bars
)
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL '15' MINUTE AS window_end,
  min_by(open, window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  max_by(close, window_start) AS close,
  sum(average * count) / sum(count) AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum(count) AS count,
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bucketed
GROUP BY symbol, bucket;

-- One-hour bars, rolled up from bars.
CREATE OR REPLACE VIEW bars_1h AS
WITH bucketed AS (
  SELECT *, timestamp_seconds(unix_seconds(window_start) - pmod(unix_seconds(window_start), 3600)) AS bucket
  FROM bars
)
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL '1' HOUR AS window_end,
  min_by(open, window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  max_by(close, window_start) AS close,
  sum(average * count) / sum(count) AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum(count) AS count,
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bucketed
GROUP BY symbol, bucket;

-- Daily bars, rolled up from bars. A day is a trading day of the symbol's market, from its first bar to its last.
-- Bars from before they knew their trading day count by their UTC date.
CREATE OR REPLACE VIEW bars_1d AS
SELECT
  symbol,
  coalesce(trade_date, date) AS trade_date,
  min(bars.window_start) AS window_start,
  max(bars.window_end) AS window_end,
  min_by(open, bars.window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  max_by(close, bars.window_start) AS close,
  sum(average * count) / sum(count) AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum(count) AS count,
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bars
GROUP BY symbol, coalesce(trade_date, date);

-- The bars of regular hours. Bars that do not know their session, as older ones, are not among them.
CREATE OR REPLACE VIEW bars_regular AS
SELECT *
FROM bars
WHERE session = 'regular';

-- Daily bars of regular hours alone, rolled up from bars_regular.
CREATE OR REPLACE VIEW bars_1d_regular AS
SELECT
  symbol,
  trade_date AS trade_date,
  min(bars_regular.window_start) AS window_start,
  max(bars_regular.window_end) AS window_end,
  min_by(open, bars_regular.window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  max_by(close, bars_regular.window_start) AS close,
  sum(average * count) / sum(count) AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (WHERE vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum(count) AS count,
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bars_regular
GROUP BY symbol, trade_date;

-- History as it was last fetched: the newest row of history_bars of each symbol, grain and window.
CREATE OR REPLACE VIEW history AS
SELECT * EXCEPT (nth)
FROM (
  SELECT
    *,
    row_number() OVER
      (PARTITION BY symbol, grain, window_start, date ORDER BY fetched_at DESC, source_offset DESC) AS nth
  FROM history_bars
)
WHERE nth = 1;

-- Live bars and history in one, of each minute the best there is: the live bar if it is complete, else the bar of
-- history, else the live one as it is. The column origin says which. A live volume that is measured from more than a
-- bar's length before the window gives way to that of history where it has one, and there is no vwap then.
CREATE OR REPLACE VIEW bars_all AS
WITH known AS (
  SELECT
    symbol, window_start, window_end, trade_date, session, open, high, low, close, average, vwap, volume, count,
    complete, 'live' AS origin, date, CASE WHEN complete THEN 0 ELSE 2 END AS place,
    volume_since
  FROM bars
  UNION ALL
  SELECT
    symbol, window_start, window_end, trade_date, session, open, high, low, close, NULL, NULL, volume, NULL,
    is_final, 'history', date, 1, NULL
  FROM history
  WHERE grain = '1m'
),
dated AS (
  SELECT
    symbol,
    window_start,
    window_end,
    coalesce(trade_date, max(trade_date) OVER same_minute, date) AS trade_date,
    coalesce(session, max(session) OVER same_minute) AS session,
    open, high, low, close, average, vwap, volume, count, complete, origin, date,
    CASE WHEN volume_since < window_start - (window_end - window_start)
      THEN max(CASE WHEN origin = 'history' THEN volume END) OVER same_minute END AS minute_volume,
    row_number() OVER (PARTITION BY symbol, window_start, date ORDER BY place) AS nth
  FROM known
  WINDOW same_minute AS (PARTITION BY symbol, window_start, date)
)
SELECT
  symbol, window_start, window_end, trade_date, session, open, high, low, close, average,
  CASE WHEN minute_volume IS NULL THEN vwap END AS vwap,
  coalesce(minute_volume, volume) AS volume,
  count, complete, origin, date
FROM dated
WHERE nth = 1;

-- The bars of bars_all in shares of today: prices divided by split_factor, and volumes multiplied by it, which is the
-- product of the ratios of all splits after the bar's trading day.
CREATE OR REPLACE VIEW bars_adjusted AS
WITH splits AS (
  SELECT symbol, ex_date, ratio
  FROM (
    SELECT
      *,
      row_number() OVER (PARTITION BY symbol, ex_time ORDER BY fetched_at DESC, source_offset DESC) AS nth
    FROM corporate_actions
    WHERE kind = 'split' AND ratio > 0
  )
  WHERE nth = 1
),
factors AS (
  SELECT
    symbol,
    lag(ex_date, 1, DATE '0001-01-01') OVER (PARTITION BY symbol ORDER BY ex_date) AS since,
    ex_date AS until,
    aggregate(
      collect_list(ratio) OVER (PARTITION BY symbol ORDER BY ex_date DESC),
      1D,
      (product, one) -> product * one
    ) AS factor
  FROM splits
)
SELECT
  bars_all.symbol,
  window_start,
  window_end,
  trade_date,
  session,
  open / coalesce(factor, 1) AS open,
  high / coalesce(factor, 1) AS high,
  low / coalesce(factor, 1) AS low,
  close / coalesce(factor, 1) AS close,
  average / coalesce(factor, 1) AS average,
  vwap / coalesce(factor, 1) AS vwap,
  volume * coalesce(factor, 1) AS volume,
  count,
  complete,
  origin,
  date,
  coalesce(factor, 1) AS split_factor
FROM bars_all
LEFT JOIN factors
  ON bars_all.symbol = factors.symbol AND bars_all.trade_date >= since AND bars_all.trade_date < until;

-- Moving averages of the close over bars, and the trading day's running vwap. NULL until there are as many bars as they
-- need. The exponential one begins with the mean of its first 20 bars and looks back 250.
CREATE OR REPLACE VIEW moving_averages AS
WITH known AS (
  SELECT
    symbol,
    window_start,
    close,
    count(*) OVER so_far AS bars_so_far,
    avg(close) OVER last20 AS mean20,
    avg(close) OVER last50 AS mean50,
    collect_list(close) OVER last250 AS closes,
    sum(vwap * volume) OVER today
      / nullif(sum(CASE WHEN vwap IS NOT NULL THEN volume END) OVER today, 0) AS vwap_today
  FROM bars
  WINDOW
    so_far AS (PARTITION BY symbol ORDER BY window_start ROWS UNBOUNDED PRECEDING),
    last20 AS (PARTITION BY symbol ORDER BY window_start ROWS 19 PRECEDING),
    last50 AS (PARTITION BY symbol ORDER BY window_start ROWS 49 PRECEDING),
    last250 AS (PARTITION BY symbol ORDER BY window_start ROWS 249 PRECEDING),
    today AS (PARTITION BY symbol, coalesce(trade_date, date) ORDER BY window_start ROWS UNBOUNDED PRECEDING)
),
begun AS (
  SELECT *, aggregate(slice(closes, 1, 20), 0D, (total, one) -> total + one) / 20 AS first20
  FROM known
)
SELECT
  symbol,
  window_start,
  close,
  CASE WHEN bars_so_far >= 20 THEN mean20 END AS sma20,
  CASE WHEN bars_so_far >= 50 THEN mean50 END AS sma50,
  CASE WHEN bars_so_far >= 20
    THEN aggregate(slice(closes, 21, 250), first20, (ema, one) -> ema + (one - ema) * 2 / 21) END AS ema20,
  vwap_today
FROM begun;

-- Returns from one bar to the next: NULL for a symbol's first bar, and where the price before was 0.
CREATE OR REPLACE VIEW returns AS
WITH paired AS (
  SELECT
    symbol,
    window_start,
    close,
    lag(close) OVER by_time AS previous_close,
    window_start - lag(window_start) OVER by_time AS since_previous
  FROM bars
  WINDOW by_time AS (PARTITION BY symbol ORDER BY window_start)
)
SELECT
  symbol,
  window_start,
  close,
  previous_close,
  (close - previous_close) / nullif(previous_close, 0) AS simple_return,
  CASE WHEN close > 0 AND previous_close > 0 THEN ln(close / previous_close) END AS log_return,
  since_previous
FROM paired;

-- Relative strength index over 14 bars, by Wilder's averages: NULL until there are 15 bars, and without any move.
CREATE OR REPLACE VIEW rsi AS
WITH moves AS (
  SELECT symbol, window_start, close, close - lag(close) OVER (PARTITION BY symbol ORDER BY window_start) AS move
  FROM bars
),
known AS (
  SELECT
    symbol,
    window_start,
    close,
    collect_list(CASE WHEN move > 0 THEN move WHEN move <= 0 THEN 0D END) OVER last250 AS gains,
    collect_list(CASE WHEN move < 0 THEN -move WHEN move >= 0 THEN 0D END) OVER last250 AS losses
  FROM moves
  WINDOW last250 AS (PARTITION BY symbol ORDER BY window_start ROWS 249 PRECEDING)
),
begun AS (
  SELECT
    *,
    aggregate(slice(gains, 1, 14), 0D, (total, one) -> total + one) / 14 AS first_gain,
    aggregate(slice(losses, 1, 14), 0D, (total, one) -> total + one) / 14 AS first_loss
  FROM known
),
averages AS (
  SELECT
    symbol,
    window_start,
    close,
    aggregate(slice(gains, 15, 250), first_gain, (mean, one) -> mean + (one - mean) / 14) AS gain,
    aggregate(slice(losses, 15, 250), first_loss, (mean, one) -> mean + (one - mean) / 14) AS loss,
    size(gains) >= 14 AS settled
  FROM begun
)
SELECT symbol, window_start, close, CASE WHEN settled THEN 100 * gain / nullif(gain + loss, 0) END AS rsi14
FROM averages;

-- Bollinger bands over bars: the mean of the last 20 closes and two standard deviations. NULL until there are 20.
CREATE OR REPLACE VIEW bollinger_bands AS
WITH known AS (
  SELECT
    symbol,
    window_start,
    close,
    CASE WHEN count(*) OVER last20 = 20 THEN avg(close) OVER last20 END AS middle,
    CASE WHEN count(*) OVER last20 = 20 THEN 2 * stddev_pop(close) OVER last20 END AS distance
  FROM bars
  WINDOW last20 AS (PARTITION BY symbol ORDER BY window_start ROWS 19 PRECEDING)
)
SELECT
  symbol,
  window_start,
  close,
  middle,
  middle + distance AS upper,
  middle - distance AS lower,
  (close - middle + distance) / nullif(2 * distance, 0) AS percent_b
FROM known;

-- Dead letters with key and value as text: NULL where the bytes are no UTF-8.
CREATE OR REPLACE VIEW dead_letters_text AS
SELECT
  reason,
  detail,
  origin_topic,
  origin_partition,
  origin_offset,
  ingest_time,
  try_validate_utf8(CAST(key AS STRING)) AS key,
  try_validate_utf8(CAST(value AS STRING)) AS value,
  headers,
  attempt,
  processing_time,
  source_topic,
  source_partition,
  source_offset,
  date
FROM dead_letters;

-- How fresh each table is: rows, newest event, newest arrival in the log, and how far that lies behind now.
CREATE OR REPLACE VIEW freshness AS
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
  UNION ALL
  SELECT 'history_bars', count(*), max(window_end), max(ingest_time) FROM history_bars
  UNION ALL
  SELECT 'history_days', count(*), max(covered_until), max(ingest_time) FROM history_days
  UNION ALL
  SELECT 'corporate_actions', count(*), max(ex_time), max(ingest_time) FROM corporate_actions
)
SELECT *, round((unix_micros(current_timestamp()) - unix_micros(newest_ingest)) / 1e6, 1) AS seconds_behind
FROM newest;
