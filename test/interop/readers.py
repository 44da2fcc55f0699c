# Engines that only read, on request: SQL over a table as `t` by Polars, ClickHouse (chdb) or delta-rs, and the types
# that they find. A table is a folder, s3:// or abfss://; settings of the store come as JSON, as object_store names them.

import json
import os
from urllib.parse import urlsplit

import polars
import pyarrow
from chdb.session import Session
from deltalake import DeltaTable, QueryBuilder
from served import serve

# ClickHouse reads only below the folder that it runs in.
os.chdir("/")
clickhouse = Session()

# A zone that is no whole hour from UTC: nothing may depend on the session's.
CLICKHOUSE_SETTINGS = "SETTINGS session_timezone = 'Asia/Kathmandu', output_format_json_quote_64bit_integers = 1"


def ask_polars(path, store, sql):
    context = polars.SQLContext(t=polars.scan_delta(path, storage_options=store))
    as_text = lambda value: value.hex().upper() if isinstance(value, bytes) else value
    return [[as_text(value) for value in row] for row in context.execute(sql, eager=True).rows()]


def ask_clickhouse(path, store, sql):
    named = f"WITH t AS (SELECT * FROM {clickhouse_table(path, store)}) {sql} {CLICKHOUSE_SETTINGS}"
    return clickhouse_rows(named)


def clickhouse_rows(sql):
    return [json.loads(line) for line in str(clickhouse.query(sql, "JSONCompactEachRow")).splitlines()]


def clickhouse_table(path, store):
    if path.startswith("s3://"):
        url = path.replace("s3://", store["AWS_ENDPOINT_URL"] + "/", 1)
        return f"deltaLake('{url}', '{store['AWS_ACCESS_KEY_ID']}', '{store['AWS_SECRET_ACCESS_KEY']}')"
    if path.startswith("abfss://"):
        place = urlsplit(path)
        account, key = store["AZURE_STORAGE_ACCOUNT_NAME"], store["AZURE_STORAGE_ACCOUNT_KEY"]
        connection = f"AccountName={account};AccountKey={key};BlobEndpoint={store['AZURE_STORAGE_ENDPOINT']};"
        return f"deltaLakeAzure('DefaultEndpointsProtocol=http;{connection}', '{place.username}', '{place.path[1:]}')"
    return f"deltaLakeLocal('{path}')"


def ask_delta_rs(path, store, sql):
    table = DeltaTable(path, storage_options=store)
    answer = pyarrow.table(QueryBuilder().register("t", table).execute(sql).read_all())
    return [list(row.values()) for row in answer.to_pylist()]


ENGINES = {"Polars": ask_polars, "ClickHouse": ask_clickhouse, "delta-rs": ask_delta_rs}


def query(engine, path, store, sql):
    return ENGINES[engine](path, json.loads(store), sql)


def types(engine, path):
    """Names and types of the columns, in the engine's own words."""
    if engine == "Polars":
        return [[name, str(kind)] for name, kind in polars.scan_delta(path).collect_schema().items()]
    if engine == "delta-rs":
        return [[field.name, str(field.type)] for field in pyarrow.schema(DeltaTable(path).schema().to_arrow())]
    return [column[:2] for column in clickhouse_rows(f"DESCRIBE {clickhouse_table(path, {})}")]


def versions(path, store):
    """What delta-rs finds in the log: each version with its time, and the rows of each of its files."""
    options = json.loads(store)
    history = sorted(DeltaTable(path, storage_options=options).history(), key=lambda commit: commit["version"])
    return [[commit["version"], commit["timestamp"], rows_at(path, options, commit["version"])] for commit in history]


def rows_at(path, options, version):
    table = DeltaTable(path, version=version, storage_options=options)
    return pyarrow.table(table.get_add_actions(flatten=True))["num_records"].to_pylist()


def run(sql):
    """A statement of ClickHouse over databases of its own; they last as long as the process."""
    return clickhouse_rows(f"{sql} {CLICKHOUSE_SETTINGS}" if sql.startswith("SELECT") else sql)


serve({"query": query, "types": types, "versions": versions, "run": run})
