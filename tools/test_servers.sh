# PostgreSQL and Redis for tests, on free ports of 127.0.0.1, with their data in a scratch folder. Sourced by bin/test and bin/bench.

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

as_postgres() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# start_test_servers FOLDER: exports RENOVA_TEST_POSTGRES_URL and RENOVA_TEST_REDIS_URL.
start_test_servers() {
  local folder=$1 bin=/usr/lib/postgresql/15/bin port redis_port
  mkdir -p "$folder/postgres" "$folder/redis"
  ((EUID == 0)) && chown postgres "$folder/postgres"
  port=$(free_port)
  as_postgres "$bin/initdb" -D "$folder/postgres/data" -A trust -E UTF8 --locale=C.UTF-8 >/dev/null || return 1
  as_postgres "$bin/pg_ctl" -D "$folder/postgres/data" -w -t 60 -l "$folder/postgres/log" \
    -o "-p $port -k $folder/postgres -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200" start >/dev/null ||
    return 1
  export RENOVA_TEST_POSTGRES_URL="postgresql://postgres@127.0.0.1:$port/postgres"

  redis_port=$(free_port)
  redis-server --bind 127.0.0.1 --port "$redis_port" --dir "$folder/redis" --save '' --appendonly no \
    --daemonize yes --pidfile "$folder/redis/pid" >/dev/null || return 1
  export RENOVA_TEST_REDIS_URL="redis://127.0.0.1:$redis_port"
}

# stop_test_servers FOLDER: stops what start_test_servers started there.
stop_test_servers() {
  local folder=$1
  if [[ -f "$folder/postgres/data/postmaster.pid" ]]; then
    as_postgres /usr/lib/postgresql/15/bin/pg_ctl -D "$folder/postgres/data" -m immediate -w stop >/dev/null 2>&1
  fi
  if [[ -f "$folder/redis/pid" ]]; then
    kill "$(cat "$folder/redis/pid")" 2>/dev/null
  fi
  return 0
}
