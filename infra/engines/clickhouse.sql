-- The tables and views of the lake in ClickHouse 26 or newer, over what `tickerlake copy` has brought to Azure. Replace
-- account, lake and KEY. For S3, DeltaLake('https://.../bronze/stocks/', key, secret) takes the place of DeltaLakeAzure.
-- A test holds the views equal to ours (sql/views.sql) on the same tables. Indicators such as rsi are not here.
-- ClickHouse's times have no zone: they are instants, shown in the session's. SET session_timezone = 'UTC' shows UTC.

CREATE DATABASE IF NOT EXISTS lake;

CREATE TABLE IF NOT EXISTS lake.stocks
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/stocks', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.bars_1m
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/bars_1m', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.alerts
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/alerts', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.late_quotes
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/late_quotes', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.dead_letters
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/dead_letters', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.history_bars
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/history_bars', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.history_days
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/history_days', 'account', 'KEY');

CREATE TABLE IF NOT EXISTS lake.corporate_actions
  ENGINE = DeltaLakeAzure('https://account.blob.core.windows.net', 'lake', 'bronze/corporate_actions', 'account', 'KEY');

-- The bars of bars_1m as they finally are: the highest revision of each symbol and window.
CREATE OR REPLACE VIEW lake.bars AS
SELECT *
FROM lake.bars_1m
ORDER BY revision DESC, source_offset DESC
LIMIT 1 BY symbol, window_start, date;

CREATE OR REPLACE VIEW lake.bar_revisions AS
SELECT *
FROM lake.bars_1m;

CREATE OR REPLACE VIEW lake.latest_quotes AS
SELECT
  symbol,
  price,
  round(price - previous_close, 9) AS change,
  round(100 * (price - previous_close) / nullIf(previous_close, 0), 9) AS change_percent,
  event_time, day_volume, bid, ask, previous_close, currency, exchange, market_state, source, ingest_time
FROM lake.stocks
ORDER BY event_time DESC, source_offset DESC
LIMIT 1 BY symbol;

-- Rolled up from bars. The inner names keep a window's start apart from that of its bars.
CREATE OR REPLACE VIEW lake.bars_5m AS
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL 5 MINUTE AS window_end,
  argMin(bar.open, begins) AS open,
  max(bar.high) AS high,
  min(bar.low) AS low,
  argMax(bar.close, begins) AS close,
  sum(bar.average * bar.count) / sum(bar.count) AS average,
  sum(bar.vwap * bar.volume) / nullIf(sumIf(bar.volume, bar.vwap IS NOT NULL), 0) AS vwap,
  sum(bar.volume) AS volume,
  sum(bar.count) AS count,
  count() AS bars,
  min(bar.complete) AS complete
FROM (
  SELECT
    * EXCEPT (window_start, window_end),
    window_start AS begins,
    toDateTime64(toStartOfInterval(begins, INTERVAL 5 MINUTE, 'UTC'), 6, 'UTC') AS bucket
  FROM lake.bars
) AS bar
GROUP BY symbol, bucket;

CREATE OR REPLACE VIEW lake.bars_15m AS
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL 15 MINUTE AS window_end,
  argMin(bar.open, begins) AS open,
  max(bar.high) AS high,
  min(bar.low) AS low,
  argMax(bar.close, begins) AS close,
  sum(bar.average * bar.count) / sum(bar.count) AS average,
  sum(bar.vwap * bar.volume) / nullIf(sumIf(bar.volume, bar.vwap IS NOT NULL), 0) AS vwap,
  sum(bar.volume) AS volume,
  sum(bar.count) AS count,
  count() AS bars,
  min(bar.complete) AS complete
FROM (
  SELECT
    * EXCEPT (window_start, window_end),
    window_start AS begins,
    toDateTime64(toStartOfInterval(begins, INTERVAL 15 MINUTE, 'UTC'), 6, 'UTC') AS bucket
  FROM lake.bars
) AS bar
GROUP BY symbol, bucket;

CREATE OR REPLACE VIEW lake.bars_1h AS
SELECT
  symbol,
  bucket AS window_start,
  bucket + INTERVAL 60 MINUTE AS window_end,
  argMin(bar.open, begins) AS open,
  max(bar.high) AS high,
  min(bar.low) AS low,
  argMax(bar.close, begins) AS close,
  sum(bar.average * bar.count) / sum(bar.count) AS average,
  sum(bar.vwap * bar.volume) / nullIf(sumIf(bar.volume, bar.vwap IS NOT NULL), 0) AS vwap,
  sum(bar.volume) AS volume,
  sum(bar.count) AS count,
  count() AS bars,
  min(bar.complete) AS complete
FROM (
  SELECT
    * EXCEPT (window_start, window_end),
    window_start AS begins,
    toDateTime64(toStartOfInterval(begins, INTERVAL 60 MINUTE, 'UTC'), 6, 'UTC') AS bucket
  FROM lake.bars
) AS bar
GROUP BY symbol, bucket;

CREATE OR REPLACE VIEW lake.bars_1d AS
SELECT
  symbol,
  day AS trade_date,
  min(begins) AS window_start,
  max(ends) AS window_end,
  argMin(bar.open, begins) AS open,
  max(bar.high) AS high,
  min(bar.low) AS low,
  argMax(bar.close, begins) AS close,
  sum(bar.average * bar.count) / sum(bar.count) AS average,
  sum(bar.vwap * bar.volume) / nullIf(sumIf(bar.volume, bar.vwap IS NOT NULL), 0) AS vwap,
  sum(bar.volume) AS volume,
  sum(bar.count) AS count,
  count() AS bars,
  min(bar.complete) AS complete
FROM (
  SELECT
    * EXCEPT (window_start, window_end),
    window_start AS begins,
    window_end AS ends,
    coalesce(trade_date, date) AS day
  FROM lake.bars
) AS bar
GROUP BY symbol, day;

CREATE OR REPLACE VIEW lake.bars_regular AS
SELECT *
FROM lake.bars
WHERE session = 'regular';

CREATE OR REPLACE VIEW lake.bars_1d_regular AS
SELECT
  symbol,
  day AS trade_date,
  min(begins) AS window_start,
  max(ends) AS window_end,
  argMin(bar.open, begins) AS open,
  max(bar.high) AS high,
  min(bar.low) AS low,
  argMax(bar.close, begins) AS close,
  sum(bar.average * bar.count) / sum(bar.count) AS average,
  sum(bar.vwap * bar.volume) / nullIf(sumIf(bar.volume, bar.vwap IS NOT NULL), 0) AS vwap,
  sum(bar.volume) AS volume,
  sum(bar.count) AS count,
  count() AS bars,
  min(bar.complete) AS complete
FROM (
  SELECT
    * EXCEPT (window_start, window_end),
    window_start AS begins,
    window_end AS ends,
    trade_date AS day
  FROM lake.bars_regular
) AS bar
GROUP BY symbol, day;

CREATE OR REPLACE VIEW lake.history AS
SELECT *
FROM lake.history_bars
ORDER BY fetched_at DESC, source_offset DESC
LIMIT 1 BY symbol, grain, window_start, date;

-- Live bars and history in one: the live bar if it is complete, else that of history, else the live one as it is.
-- A live volume that is measured from more than a bar's length before the window gives way to that of history.
CREATE OR REPLACE VIEW lake.bars_all AS
WITH known AS (
  SELECT
    symbol, window_start, window_end, trade_date AS own_date, session AS own_session, open, high, low, close, average,
    vwap AS own_vwap, volume AS own_volume, count, complete, 'live' AS origin, date, if(complete, 0, 2) AS place,
    volume_since
  FROM lake.bars
  UNION ALL
  SELECT
    symbol, window_start, window_end, trade_date, session, open, high, low, close, NULL, NULL, volume, NULL, is_final,
    'history', date, 1, NULL
  FROM lake.history
  WHERE grain = '1m'
),
dated AS (
  SELECT
    *,
    coalesce(own_date, max(own_date) OVER same_minute, date) AS trade_date,
    coalesce(own_session, max(own_session) OVER same_minute) AS session,
    if(dateDiff('microsecond', volume_since, window_start) > dateDiff('microsecond', window_start, window_end),
      max(if(origin = 'history', own_volume, NULL)) OVER same_minute, NULL) AS minute_volume
  FROM known
  WINDOW same_minute AS (PARTITION BY symbol, window_start, date)
  QUALIFY row_number() OVER (PARTITION BY symbol, window_start, date ORDER BY place) = 1
)
SELECT
  symbol, window_start, window_end, trade_date, session, open, high, low, close, average,
  if(minute_volume IS NULL, own_vwap, NULL) AS vwap,
  coalesce(minute_volume, own_volume) AS volume,
  count, complete, origin, date
FROM dated;

-- The bars of bars_all in shares of today: by the product of the ratios of all splits after the bar's trading day.
CREATE OR REPLACE VIEW lake.bars_adjusted AS
WITH splits AS (
  SELECT symbol, ex_date, assumeNotNull(ratio) AS ratio
  FROM lake.corporate_actions
  WHERE kind = 'split' AND ratio > 0
  ORDER BY fetched_at DESC, source_offset DESC
  LIMIT 1 BY symbol, ex_time
),
factors AS (
  SELECT
    symbol,
    lagInFrame(ex_date, 1, toDate32('1900-01-01')) OVER (PARTITION BY symbol ORDER BY ex_date) AS since,
    ex_date AS until,
    arrayProduct(groupArray(ratio) OVER (PARTITION BY symbol ORDER BY ex_date DESC)) AS factor
  FROM splits
)
SELECT
  bar.symbol AS symbol,
  window_start,
  window_end,
  trade_date,
  session,
  bar.open / split_factor AS open,
  bar.high / split_factor AS high,
  bar.low / split_factor AS low,
  bar.close / split_factor AS close,
  bar.average / split_factor AS average,
  bar.vwap / split_factor AS vwap,
  bar.volume * split_factor AS volume,
  count,
  complete,
  origin,
  date,
  -- Where nothing is joined, it is 0.
  if(factor = 0, 1, factor) AS split_factor
FROM lake.bars_all AS bar
LEFT JOIN factors ON bar.symbol = factors.symbol AND bar.trade_date >= since AND bar.trade_date < until
-- As the view was made: a session that has it otherwise could not read it.
SETTINGS join_use_nulls = 0;

CREATE OR REPLACE VIEW lake.dead_letters_text AS
SELECT * REPLACE (if(isValidUTF8(key), key, NULL) AS key, if(isValidUTF8(value), value, NULL) AS value)
FROM lake.dead_letters;

CREATE OR REPLACE VIEW lake.freshness AS
WITH newest AS (
  SELECT 'stocks' AS table_name, count() AS row_count, maxOrNull(event_time) AS newest_event,
    maxOrNull(ingest_time) AS newest_ingest FROM lake.stocks
  UNION ALL
  SELECT 'bars_1m', count(), maxOrNull(window_end), maxOrNull(ingest_time) FROM lake.bars_1m
  UNION ALL
  SELECT 'alerts', count(), maxOrNull(event_time), maxOrNull(ingest_time) FROM lake.alerts
  UNION ALL
  SELECT 'late_quotes', count(), maxOrNull(event_time), maxOrNull(ingest_time) FROM lake.late_quotes
  UNION ALL
  SELECT 'dead_letters', count(), NULL, maxOrNull(ingest_time) FROM lake.dead_letters
  UNION ALL
  SELECT 'history_bars', count(), maxOrNull(window_end), maxOrNull(ingest_time) FROM lake.history_bars
  UNION ALL
  SELECT 'history_days', count(), maxOrNull(covered_until), maxOrNull(ingest_time) FROM lake.history_days
  UNION ALL
  SELECT 'corporate_actions', count(), maxOrNull(ex_time), maxOrNull(ingest_time) FROM lake.corporate_actions
)
SELECT *, round(dateDiff('millisecond', newest_ingest, now64(3)) / 1000, 1) AS seconds_behind
FROM newest;
