-- What Unity Catalog needs before the tables, once for a lake. A metastore admin runs it, after the storage credential
-- and the external location have been made: docs/azure.md says how, and who needs which right. SQL cannot make the
-- credential, and makes a location only for an identity that may write there, which Databricks should not.

-- A metastore without storage of its own, as new accounts have it, wants a place for tables that Databricks makes
-- itself: CREATE CATALOG market MANAGED LOCATION 'abfss://...', in another external location where it may write. Or
-- take the workspace's catalog, and put its name in place of market in all of these files.
CREATE CATALOG IF NOT EXISTS market;

CREATE SCHEMA IF NOT EXISTS market.lake;

-- Who makes the tables, and who queries them: groups of your account. after_schema_change.sql needs MODIFY.
GRANT CREATE EXTERNAL TABLE ON EXTERNAL LOCATION tickerlake TO `data engineers`;
GRANT USE CATALOG ON CATALOG market TO `data engineers`;
GRANT USE SCHEMA, CREATE TABLE, MODIFY, SELECT ON SCHEMA market.lake TO `data engineers`;
GRANT USE CATALOG ON CATALOG market TO `analysts`;
GRANT USE SCHEMA, SELECT ON SCHEMA market.lake TO `analysts`;
