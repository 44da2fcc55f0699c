-- Alerts by symbol, rule and direction, with the largest move of each.
SELECT
  symbol,
  rule,
  direction,
  count(*) AS alerts,
  round(arg_max(percent, abs(percent)), 2) AS largest_percent,
  max(event_time) AS newest,
  arg_max(message, event_time) AS newest_message
FROM alerts
GROUP BY symbol, rule, direction
ORDER BY alerts DESC, symbol, rule, direction;
