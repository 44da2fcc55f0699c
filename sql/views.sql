-- Views over the tables of the lake: stocks, bars_1m, alerts, late_quotes, dead_letters, history_bars, history_days,
-- corporate_actions.
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

-- Quarter-hour bars, rolled up from bars.
CREATE VIEW bars_15m AS
SELECT
  symbol,
  time_bucket(INTERVAL '15 minutes', window_start) AS window_start,
  time_bucket(INTERVAL '15 minutes', window_start) + INTERVAL '15 minutes' AS window_end,
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

-- Daily bars, rolled up from bars. A day is a trading day of the symbol's market, from its first bar to its last: also
-- what trades before and after regular hours. Bars from before they knew their trading day count by their UTC date.
CREATE VIEW bars_1d AS
SELECT
  symbol,
  coalesce(trade_date, date) AS trade_date,
  min(bars.window_start) AS window_start,
  max(bars.window_end) AS window_end,
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

-- The bars of regular hours. Bars that do not know their session, as older ones, are not among them.
CREATE VIEW bars_regular AS
SELECT *
FROM bars
WHERE session = 'regular';

-- Daily bars of regular hours alone, rolled up from bars_regular.
CREATE VIEW bars_1d_regular AS
SELECT
  symbol,
  trade_date,
  min(bars_regular.window_start) AS window_start,
  max(bars_regular.window_end) AS window_end,
  arg_min(open, bars_regular.window_start) AS open,
  max(high) AS high,
  min(low) AS low,
  arg_max(close, bars_regular.window_start) AS close,
  sum(average * "count") / sum("count") AS average,
  sum(vwap * volume) / nullif(sum(volume) FILTER (vwap IS NOT NULL), 0) AS vwap,
  sum(volume) AS volume,
  sum("count")::BIGINT AS "count",
  count(*) AS bars,
  bool_and(complete) AS complete
FROM bars_regular
GROUP BY ALL;

-- History as it was last fetched: the newest row of history_bars of each symbol, grain and window.
CREATE VIEW history AS
SELECT *
FROM history_bars
QUALIFY row_number() OVER
  (PARTITION BY symbol, grain, window_start, date ORDER BY fetched_at DESC, source_offset DESC) = 1;

-- Live bars and history in one, of each minute the best there is: the live bar if it is complete, else the bar of
-- history, else the live one as it is. The column origin says which. A bar of history has no average, vwap and count,
-- and is complete once it is final. Where history has no bars as long as those of bars_1m, it has the live ones alone.
-- A live volume that is measured from more than a bar's length before the window, as after an outage, gives way to that
-- of history where it has one, and there is no vwap then: so an outage that history has filled counts once. Only what
-- was traded in that minute after its last total counts twice, since the next live bar has it, too.
CREATE VIEW bars_all AS
WITH known AS (
  SELECT
    symbol, window_start, window_end, trade_date, session, open, high, low, close, average, vwap, volume, "count",
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
    * REPLACE (
      coalesce(trade_date, max(trade_date) OVER same_minute, date) AS trade_date,
      coalesce(session, max(session) OVER same_minute) AS session
    ),
    CASE WHEN volume_since < window_start - (window_end - window_start)
      THEN max(volume) FILTER (origin = 'history') OVER same_minute END AS minute_volume,
    row_number() OVER (same_minute ORDER BY place) AS nth
  FROM known
  WINDOW same_minute AS (PARTITION BY symbol, window_start, date)
)
SELECT
  * EXCLUDE (place, volume_since, minute_volume, nth)
  REPLACE (coalesce(minute_volume, volume) AS volume, CASE WHEN minute_volume IS NULL THEN vwap END AS vwap)
FROM dated
WHERE nth = 1;

-- The bars of bars_all in shares of today: prices divided by split_factor, and volumes multiplied by it, which is the
-- product of the ratios of all splits after the bar's trading day. Live bars and minutes of history are taken for
-- prices as they were traded. Dividends change nothing.
CREATE VIEW bars_adjusted AS
WITH splits AS (
  SELECT symbol, ex_date, ratio
  FROM corporate_actions
  WHERE kind = 'split' AND ratio > 0
  QUALIFY row_number() OVER (PARTITION BY symbol, ex_time ORDER BY fetched_at DESC, source_offset DESC) = 1
),
factors AS (
  SELECT
    symbol,
    lag(ex_date, 1, DATE '0001-01-01') OVER (PARTITION BY symbol ORDER BY ex_date) AS since,
    ex_date AS until,
    product(ratio) OVER (PARTITION BY symbol ORDER BY ex_date DESC) AS factor
  FROM splits
)
SELECT
  bars_all.* REPLACE (
    open / coalesce(factor, 1) AS open,
    high / coalesce(factor, 1) AS high,
    low / coalesce(factor, 1) AS low,
    close / coalesce(factor, 1) AS close,
    average / coalesce(factor, 1) AS average,
    vwap / coalesce(factor, 1) AS vwap,
    volume * coalesce(factor, 1) AS volume
  ),
  coalesce(factor, 1) AS split_factor
FROM bars_all
LEFT JOIN factors
  ON bars_all.symbol = factors.symbol AND bars_all.trade_date >= since AND bars_all.trade_date < until;

-- Moving averages of the close over bars, and the trading day's running vwap. NULL until there are as many bars as they
-- need. The exponential one begins with the mean of its first 20 bars; from 250 bars on what was before no longer
-- counts.
CREATE VIEW moving_averages AS
WITH known AS (
  SELECT
    symbol,
    window_start,
    close,
    count(*) OVER so_far AS bars_so_far,
    avg(close) OVER last20 AS mean20,
    avg(close) OVER last50 AS mean50,
    list(close) OVER last250 AS closes,
    sum(vwap * volume) OVER today / nullif(sum(volume) FILTER (vwap IS NOT NULL) OVER today, 0) AS vwap_today
  FROM bars
  WINDOW
    so_far AS (PARTITION BY symbol ORDER BY window_start ROWS UNBOUNDED PRECEDING),
    last20 AS (PARTITION BY symbol ORDER BY window_start ROWS 19 PRECEDING),
    last50 AS (PARTITION BY symbol ORDER BY window_start ROWS 49 PRECEDING),
    last250 AS (PARTITION BY symbol ORDER BY window_start ROWS 249 PRECEDING),
    today AS (PARTITION BY symbol, coalesce(trade_date, date) ORDER BY window_start ROWS UNBOUNDED PRECEDING)
)
SELECT
  symbol,
  window_start,
  close,
  CASE WHEN bars_so_far >= 20 THEN mean20 END AS sma20,
  CASE WHEN bars_so_far >= 50 THEN mean50 END AS sma50,
  CASE WHEN bars_so_far >= 20
    THEN list_reduce(closes[21:], lambda ema, close: ema + (close - ema) * 2 / 21, list_avg(closes[:20])) END AS ema20,
  vwap_today
FROM known;

-- Returns from one bar to the next: NULL for a symbol's first bar, and where the price before was 0.
CREATE VIEW returns AS
SELECT
  symbol,
  window_start,
  close,
  lag(close) OVER by_time AS previous_close,
  (close - lag(close) OVER by_time) / nullif(lag(close) OVER by_time, 0) AS simple_return,
  CASE WHEN close > 0 AND lag(close) OVER by_time > 0 THEN ln(close / lag(close) OVER by_time) END AS log_return,
  window_start - lag(window_start) OVER by_time AS since_previous
FROM bars
WINDOW by_time AS (PARTITION BY symbol ORDER BY window_start);

-- Relative strength index over 14 bars, by Wilder's averages: NULL until there are 15 bars, and without any move.
-- From 250 bars on what was before no longer counts.
CREATE VIEW rsi AS
WITH moves AS (
  SELECT symbol, window_start, close, close - lag(close) OVER by_time AS move
  FROM bars
  WINDOW by_time AS (PARTITION BY symbol ORDER BY window_start)
),
known AS (
  SELECT
    symbol,
    window_start,
    close,
    list(greatest(move, 0)) FILTER (move IS NOT NULL) OVER last250 AS gains,
    list(greatest(-move, 0)) FILTER (move IS NOT NULL) OVER last250 AS losses
  FROM moves
  WINDOW last250 AS (PARTITION BY symbol ORDER BY window_start ROWS 249 PRECEDING)
),
averages AS (
  SELECT
    symbol,
    window_start,
    close,
    list_reduce(gains[15:], lambda mean, gain: mean + (gain - mean) / 14, list_avg(gains[:14])) AS gain,
    list_reduce(losses[15:], lambda mean, loss: mean + (loss - mean) / 14, list_avg(losses[:14])) AS loss,
    len(gains) >= 14 AS settled
  FROM known
)
SELECT symbol, window_start, close, CASE WHEN settled THEN 100 * gain / nullif(gain + loss, 0) END AS rsi14
FROM averages;

-- Bollinger bands over bars: the mean of the last 20 closes and two standard deviations. NULL until there are 20.
CREATE VIEW bollinger_bands AS
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
  UNION ALL
  SELECT 'history_bars', count(*), max(window_end), max(ingest_time) FROM history_bars
  UNION ALL
  SELECT 'history_days', count(*), max(covered_until), max(ingest_time) FROM history_days
  UNION ALL
  SELECT 'corporate_actions', count(*), max(ex_time), max(ingest_time) FROM corporate_actions
)
SELECT *, round(epoch(now()) - epoch(newest_ingest), 1) AS seconds_behind
FROM newest;
