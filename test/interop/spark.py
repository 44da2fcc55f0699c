# Spark on request: SQL over a table as `t`, appends, checkpoints. Arguments: the jars, and a folder for its own files.

import sys

from pyspark.sql import SparkSession
from served import serve

jars, folder = sys.argv[1:]
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.jars": jars,
    "spark.local.dir": folder,
    "spark.sql.warehouse.dir": folder + "/warehouse",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}
builder = SparkSession.builder.master("local[2]")
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
session = builder.getOrCreate()
session.sparkContext.setLogLevel("ERROR")


def execute(path, sql):
    session.read.format("delta").load(path).createOrReplaceTempView("t")
    return session.sql(sql)


def query(path, sql):
    return [list(row) for row in execute(path, sql).collect()]


def run(sql):
    session.sql(sql)


def files_read(path, sql):
    """How many files are left to read after Delta has skipped by the log's statistics."""
    return len(execute(path, sql).inputFiles())


def append(path, sql):
    rows = execute(path, sql)
    rows.write.format("delta").mode("append").save(path)


def checkpoint(path):
    session._jvm.org.apache.spark.sql.delta.DeltaLog.forTable(session._jsparkSession, path).checkpoint()


def checkpoint_in_parts(path, actions):
    """A checkpoint of several files, each of so many actions."""
    session.conf.set("spark.databricks.delta.checkpoint.partSize", actions)
    try:
        checkpoint(path)
    finally:
        session.conf.unset("spark.databricks.delta.checkpoint.partSize")


def set_property(path, name, value):
    session.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('{name}' = '{value}')")


def history(path):
    rows = session.sql(f"DESCRIBE HISTORY delta.`{path}`").collect()
    return [{"version": row.version, "operation": row.operation, "engineInfo": row.engineInfo} for row in rows]


def protocol(path):
    detail = session.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()[0]
    return [detail.minReaderVersion, detail.minWriterVersion]


serve(
    {
        "query": query,
        "run": run,
        "files_read": files_read,
        "append": append,
        "checkpoint": checkpoint,
        "checkpoint_in_parts": checkpoint_in_parts,
        "set_property": set_property,
        "history": history,
        "protocol": protocol,
    }
)
