"""Has other people's programs read the tables in a folder: python3 tables.py duckdb|pyarrow|pyspark FOLDER

FOLDER holds capture=NAME/events.parquet and connections.parquet. Prints a line of JSON: how many events and connections
each capture has, and the first request with its time in nanoseconds since 1970. Exits with 3 where the reader is missing.
"""
import json
import sys


def by_duckdb(folder):
    import duckdb

    def table(name):
        return f"read_parquet('{folder}/*/{name}.parquet', hive_partitioning = true)"

    def counts(name):
        return dict(duckdb.sql(f"select capture, count(*) from {table(name)} group by all").fetchall())

    first = duckdb.sql(
        f"select label, epoch_ns(time) from {table('events')} where kind = 'http.request' order by time, capture limit 1"
    ).fetchall()[0]
    return counts("events"), counts("connections"), list(first)


def by_pyarrow(folder):
    import pyarrow.compute as compute
    import pyarrow.dataset as dataset

    # A file of one name for each table stands in each capture's folder.
    import glob

    def table(name):
        files = glob.glob(f"{folder}/*/{name}.parquet")
        return dataset.dataset(files, partitioning="hive", partition_base_dir=folder).to_table()

    def counts(name):
        pairs = table(name)["capture"].value_counts().to_pylist()
        return {pair["values"]: pair["counts"] for pair in pairs}

    requests = table("events").filter(compute.field("kind") == "http.request")
    first = requests.sort_by([("time", "ascending"), ("capture", "ascending")]).slice(0, 1)
    return counts("events"), counts("connections"), [first["label"][0].as_py(), first["time"][0].value]


def by_pyspark(folder):
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import col

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    # Spark has no type for nanoseconds: it reads them as numbers.
    session = session.config("spark.sql.legacy.parquet.nanosAsLong", "true").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")

    def table(name):
        return session.read.option("basePath", folder).parquet(f"{folder}/*/{name}.parquet")

    def counts(name):
        return {row["capture"]: row["count"] for row in table(name).groupBy("capture").count().collect()}

    requests = table("events").where(col("kind") == "http.request").orderBy("time", "capture")
    first = requests.first()
    return counts("events"), counts("connections"), [first["label"], first["time"]]


reader = {"duckdb": by_duckdb, "pyarrow": by_pyarrow, "pyspark": by_pyspark}[sys.argv[1]]
try:
    events, connections, first = reader(sys.argv[2])
except ModuleNotFoundError:
    sys.exit(3)
print(json.dumps({"events": events, "connections": connections, "first": first}))
