# Databricks notebook source
# MAGIC %md
# MAGIC # A symbol's trading day
# MAGIC
# MAGIC Bars and alerts of one symbol, out of the tables that `tickerlake copy` brings here. Run `catalog.sql`,
# MAGIC `tables.sql` and `views.sql` first. All times are UTC.

# COMMAND ----------

schema = "market.lake"
symbol = "AAPL"
trade_date = None  # such as "2026-11-25"; None: the symbol's newest

# COMMAND ----------

# MAGIC %md
# MAGIC ## How fresh the tables are
# MAGIC `seconds_behind` counts from when the newest record came in. With `copy --follow` it is a few seconds more than
# MAGIC at the source. If it grows while the market is open, look at the copy.

# COMMAND ----------

spark.sql(f"USE {schema}")
display(spark.sql("SELECT * FROM freshness"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## The day's bars and alerts

# COMMAND ----------

from datetime import date, datetime, timedelta, timezone

import matplotlib.pyplot as plt
from pyspark.sql import functions as f


def rows_of(table):
    """A bar or an alert from before they knew their trading day counts by its UTC date."""
    return spark.table(table).where(f.col("symbol") == symbol).withColumn("day", f.coalesce("trade_date", "date"))


day = date.fromisoformat(trade_date) if trade_date else rows_of("bars").agg(f.max("day")).first()[0]
if day is None:
    raise ValueError(f"there are no bars of {symbol}: choose a symbol that latest_quotes has")


def of_the_day(table, time):
    """
    In the order of their times, which come as seconds: a session's time zone changes nothing. A trading day may begin
    on the UTC date before it and end on the one after; the condition on date reaches the files.
    """
    around = f.col("date").between(day - timedelta(days=2), day + timedelta(days=2))
    seconds = (f.unix_millis(time) / 1000).alias("at")
    return rows_of(table).where(around & (f.col("day") == day)).select("*", seconds).orderBy("at").collect()


def times(rows):
    return [datetime.fromtimestamp(row.at, timezone.utc) for row in rows]


bars = of_the_day("bars", "window_start")
alerts = of_the_day("alerts", "event_time")

figure, (prices, volumes) = plt.subplots(
    2, sharex=True, figsize=(14, 7), gridspec_kw={"height_ratios": [3, 1]}, layout="constrained"
)
prices.fill_between(times(bars), [bar.low for bar in bars], [bar.high for bar in bars], alpha=0.25, label="low to high")
prices.plot(times(bars), [bar.close for bar in bars], linewidth=1, label="close")
for direction, marker, colour in (("up", "^", "tab:green"), ("down", "v", "tab:red")):
    found = [alert for alert in alerts if alert.direction == direction]
    at_prices = [alert.price for alert in found]
    prices.scatter(times(found), at_prices, marker=marker, color=colour, label=f"alerts {direction}")
volumes.bar(times(bars), [bar.volume or 0 for bar in bars], width=1 / 24 / 60)
prices.set_title(f"{symbol}, trading day {day}: {len(bars)} bars, {len(alerts)} alerts")
prices.set_ylabel("price")
prices.legend()
volumes.set_ylabel("volume")
volumes.set_xlabel("UTC")
plt.show()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Alerts by symbol and rule

# COMMAND ----------

display(
    spark.sql(
        """
        SELECT
          symbol, rule, direction, count(*) AS alerts, max(abs(percent)) AS largest_percent, max(event_time) AS newest
        FROM alerts
        GROUP BY symbol, rule, direction
        ORDER BY alerts DESC, symbol, rule, direction
        """
    )
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The table as it was
# MAGIC Versions are the same as at the source, since the copy has its commits. By a time they are only with in-commit
# MAGIC timestamps (`tickerlake upgrade`): without them the time is that of the copied file.

# COMMAND ----------

display(spark.sql("DESCRIBE HISTORY bars_1m LIMIT 10").select("version", "timestamp", "operation", "operationMetrics"))
