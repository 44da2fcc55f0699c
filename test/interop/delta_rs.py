# delta-rs on request: SQL over a table as `t`, appends, checkpoints.

import pyarrow
import pyarrow.compute as compute
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from served import serve


def execute(path, sql):
    return pyarrow.table(QueryBuilder().register("t", DeltaTable(path)).execute(sql).read_all())


def query(path, sql):
    return [list(row.values()) for row in execute(path, sql).to_pylist()]


def count_between(path, column, low, high):
    """Rows by another way: its Arrow data set, which skips files and row groups by the log's statistics."""
    dataset = DeltaTable(path).to_pyarrow_dataset()
    kind = dataset.schema.field(column).type
    field = compute.field(column)
    bounds = [pyarrow.scalar(bound).cast(kind) for bound in (low, high)]
    return dataset.count_rows(filter=(field >= bounds[0]) & (field <= bounds[1]))


def append(path, sql):
    rows = execute(path, sql).cast(pyarrow.schema(DeltaTable(path).schema().to_arrow()))
    write_deltalake(path, rows, mode="append")
    return rows.num_rows


def checkpoint(path):
    DeltaTable(path).create_checkpoint()


def history(path):
    return DeltaTable(path).history()


def protocol(path):
    found = DeltaTable(path).protocol()
    return [found.min_reader_version, found.min_writer_version]


serve(
    {
        "query": query,
        "count_between": count_between,
        "append": append,
        "checkpoint": checkpoint,
        "history": history,
        "protocol": protocol,
    }
)
