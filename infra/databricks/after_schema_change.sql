-- After tickerlake has added a column to a table: Unity Catalog reads the schema out of the log again. Queries see the
-- column without it; the catalog's own pages, grants on columns and tools that ask the catalog do not. Then run
-- views.sql again: a view with SELECT * keeps the columns that it was created with.
-- Run it when a release's notes name a new column, and whenever a table lacks one.

USE CATALOG market;

USE SCHEMA lake;

MSCK REPAIR TABLE stocks SYNC METADATA;

MSCK REPAIR TABLE bars_1m SYNC METADATA;

MSCK REPAIR TABLE alerts SYNC METADATA;

MSCK REPAIR TABLE late_quotes SYNC METADATA;

MSCK REPAIR TABLE dead_letters SYNC METADATA;

MSCK REPAIR TABLE history_bars SYNC METADATA;

MSCK REPAIR TABLE history_days SYNC METADATA;

MSCK REPAIR TABLE corporate_actions SYNC METADATA;
