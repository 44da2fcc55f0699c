#!/bin/sh
# Runs the services, a query and the page once, so that the image holds their code compiled (see bin/tickerlake.js).
set -eu

answers() { # answers URL: waits until it does, a quarter of a minute at most
  node -e "
    const again = (left) => (left === 0 ? process.exit(1) : setTimeout(ask, 250, left - 1))
    const ask = (left) => fetch('$1').then((answer) => answer.ok || again(left), () => again(left))
    ask(60)"
}

DATA_DIR=$(mktemp -d)
export DATA_DIR SOURCE=simulator SIMULATOR_QUOTES=100 SIMULATOR_BACKLOG_MS=60000
node bin/tickerlake.js start --drain
node bin/tickerlake.js sql 'SELECT count(*) FROM stocks'
WEB_PORT=8080 node bin/tickerlake.js web &
web=$!
for path in '' api/symbols api/tables 'api/bars?symbol=AAPL'; do
  answers "http://127.0.0.1:8080/$path" || true
done
kill "$web"
wait "$web"
rm -r "$DATA_DIR"

# Kafka and the bucket are not there; what is loaded before that is noticed is all that counts.
export KAFKA_BROKERS=127.0.0.1:9 LAKE_URL=s3://nowhere/bronze S3_ENDPOINT=http://127.0.0.1:9 METRICS_PORT=0
export AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none
for command in produce stream write; do
  timeout 5 node bin/tickerlake.js "$command" || true
done
