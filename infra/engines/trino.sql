-- The tables of the lake in Trino, over what `tickerlake copy` has brought to Azure, and the view that every other one
-- begins with. The catalog is one of the Delta Lake connector, here called delta, with
--   delta.register-table-procedure.enabled=true
--   fs.native-azure.enabled=true   and the azure.* properties of your credentials.
-- Replace lake@account. Not run by a test, unlike the SQL for Databricks, Spark and ClickHouse.

CREATE SCHEMA IF NOT EXISTS delta.lake;

CALL delta.system.register_table('lake', 'stocks', 'abfss://lake@account.dfs.core.windows.net/bronze/stocks');

CALL delta.system.register_table('lake', 'bars_1m', 'abfss://lake@account.dfs.core.windows.net/bronze/bars_1m');

CALL delta.system.register_table('lake', 'alerts', 'abfss://lake@account.dfs.core.windows.net/bronze/alerts');

CALL delta.system.register_table('lake', 'late_quotes', 'abfss://lake@account.dfs.core.windows.net/bronze/late_quotes');

CALL delta.system.register_table('lake', 'dead_letters', 'abfss://lake@account.dfs.core.windows.net/bronze/dead_letters');

CALL delta.system.register_table('lake', 'history_bars', 'abfss://lake@account.dfs.core.windows.net/bronze/history_bars');

CALL delta.system.register_table('lake', 'history_days', 'abfss://lake@account.dfs.core.windows.net/bronze/history_days');

CALL delta.system.register_table(
  'lake', 'corporate_actions', 'abfss://lake@account.dfs.core.windows.net/bronze/corporate_actions');

-- The bars of bars_1m as they finally are. Trino has neither QUALIFY nor * EXCEPT, so the columns are named.
CREATE OR REPLACE VIEW delta.lake.bars AS
SELECT
  symbol, window_start, window_end, trade_date, session, open, high, low, close, average, vwap, volume, volume_since,
  count, revision, closed_by, complete, first_offset, last_offset, ingest_time, processing_time, source_topic,
  source_partition, source_offset, date
FROM (
  SELECT
    *,
    row_number() OVER
      (PARTITION BY symbol, window_start, date ORDER BY revision DESC, source_offset DESC) AS nth
  FROM delta.lake.bars_1m
)
WHERE nth = 1;
