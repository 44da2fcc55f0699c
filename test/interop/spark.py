# Spark on request: SQL over a table as `t`, appends, checkpoints. Arguments: the jars, and a folder for its own files.

import sys

import matplotlib
from matplotlib import pyplot
from pyspark.sql import SparkSession
from served import serve

jars, folder = sys.argv[1:]
matplotlib.use("agg")
SETTINGS = {
    "spark.driver.memory": "1g",
    # Tables are small: time goes into starting and compiling, not into rows.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
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
    return [list(row) for row in session.sql(sql).collect()]


def notebook(path, schema):
    """Runs a notebook's source: the frames that it displays, and of each chart its titles and how many marks it has."""
    with open(path) as file:
        source = file.read()
    displayed = []
    show = lambda frame: displayed.append([row.asDict(recursive=True) for row in frame.collect()])
    exec(source.replace('"market.lake"', repr(schema)), {"spark": session, "display": show})
    charts = [chart_of(axes) for number in pyplot.get_fignums() for axes in pyplot.figure(number).axes]
    pyplot.close("all")
    return {"displayed": displayed, "charts": charts}


def chart_of(axes):
    points = [len(line.get_xdata()) for line in axes.lines]
    marks = [len(marked.get_offsets()) for marked in axes.collections if marked.get_label().startswith("alerts")]
    return {"title": axes.get_title(), "points": points, "marks": marks, "bars": len(axes.patches)}


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
    return [
        {"version": row.version, "operation": row.operation, "timestamp": round(row.timestamp.timestamp() * 1000)}
        for row in rows
    ]


def version_at(path, time):
    """What TIMESTAMP AS OF takes for a time in milliseconds; a later one than the newest version's is no error."""
    jvm = session._jvm
    log = jvm.org.apache.spark.sql.delta.DeltaLog.forTable(session._jsparkSession, path)
    none = getattr(getattr(jvm.scala, "None$"), "MODULE$")
    return log.history().getActiveCommitAtTime(jvm.java.sql.Timestamp(int(time)), none, True, True, False).version()


def protocol(path):
    detail = session.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()[0]
    return [detail.minReaderVersion, detail.minWriterVersion]


serve(
    {
        "query": query,
        "run": run,
        "notebook": notebook,
        "files_read": files_read,
        "append": append,
        "checkpoint": checkpoint,
        "checkpoint_in_parts": checkpoint_in_parts,
        "set_property": set_property,
        "history": history,
        "version_at": version_at,
        "protocol": protocol,
    }
)
