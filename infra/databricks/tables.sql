-- The tables of the lake, as external tables over what `tickerlake copy` has brought to Azure. Nothing is copied or
-- changed, and DROP TABLE leaves the files alone. Run it after the first copy: where there is no table yet, Spark would
-- make an empty one, and the copy would then refuse the place. Columns, partitions and properties come from the log.
--
-- Replace lake@account by your container and storage account. In a lake with bars of another interval, replace bars_1m
-- here and in views.sql by their table. Plain Spark runs both files as they are, but for USE CATALOG.

USE CATALOG market;

USE SCHEMA lake;

CREATE TABLE IF NOT EXISTS stocks
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/stocks';

CREATE TABLE IF NOT EXISTS bars_1m
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/bars_1m';

CREATE TABLE IF NOT EXISTS alerts
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/alerts';

CREATE TABLE IF NOT EXISTS late_quotes
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/late_quotes';

CREATE TABLE IF NOT EXISTS dead_letters
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/dead_letters';

CREATE TABLE IF NOT EXISTS history_bars
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/history_bars';

CREATE TABLE IF NOT EXISTS history_days
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/history_days';

CREATE TABLE IF NOT EXISTS corporate_actions
  USING DELTA LOCATION 'abfss://lake@account.dfs.core.windows.net/bronze/corporate_actions';
