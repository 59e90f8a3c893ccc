// The history of runs as seed 004 describes it, on either database. Every call is a transaction of its own.
'use strict';

const TABLES = `
  CREATE TABLE executions (
    id TEXT PRIMARY KEY, workflow_version_id TEXT NOT NULL, trigger_id TEXT, status TEXT NOT NULL,
    input JSONB, output JSONB, error TEXT, created_at STAMP NOT NULL, started_at STAMP,
    completed_at STAMP, duration_ms BIGINT, retry_count INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX executions_version ON executions (workflow_version_id, created_at);
  CREATE INDEX executions_status ON executions (status);
  CREATE TABLE execution_steps (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL REFERENCES executions (id), step_id TEXT NOT NULL,
    status TEXT NOT NULL, input JSONB, output JSONB, error TEXT, started_at STAMP, completed_at STAMP,
    duration_ms BIGINT, retry_count INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX steps_execution ON execution_steps (execution_id);
  CREATE TABLE execution_logs (
    id TEXT PRIMARY KEY, execution_id TEXT NOT NULL REFERENCES executions (id), level TEXT NOT NULL,
    message TEXT NOT NULL, metadata JSONB, timestamp STAMP NOT NULL);
  CREATE INDEX logs_execution ON execution_logs (execution_id, timestamp);
`;

const STATEMENTS = {
  queued: `INSERT INTO executions (id, workflow_version_id, trigger_id, status, input, created_at)
           VALUES ($1, $2, $3, 'pending', $4, $5)`,
  started: `UPDATE executions SET status = 'running', started_at = $1 WHERE id = $2`,
  completed: `UPDATE executions SET status = 'completed', output = $1, completed_at = $2, duration_ms = $3
              WHERE id = $4`,
  stepStarted: `INSERT INTO execution_steps (id, execution_id, step_id, status, input, started_at)
                VALUES ($1, $2, $3, 'running', $4, $5)`,
  stepCompleted: `UPDATE execution_steps SET status = 'completed', output = $1, completed_at = $2,
                  duration_ms = $3 WHERE id = $4`,
  log: `INSERT INTO execution_logs (id, execution_id, level, message, metadata, timestamp)
        VALUES ($1, $2, 'info', $3, $4, $5)`,
};

function open(url, synchronous, connections) {
  return url.startsWith('sqlite:') ? openSqlite(url, synchronous) : openPostgres(url, connections);
}

function openSqlite(url, synchronous) {
  const database = new (require('better-sqlite3'))(url.replace('sqlite:///', ''), { timeout: 10000 });
  database.pragma('journal_mode = WAL');
  database.pragma(`synchronous = ${synchronous}`);
  database.pragma('foreign_keys = ON');
  const prepared = {};
  return {
    moment: (milliseconds) => milliseconds,
    create: async () => database.exec(TABLES.replaceAll('JSONB', 'TEXT').replaceAll('STAMP', 'INTEGER')),
    write: async (name, values) => {
      prepared[name] ??= database.prepare(STATEMENTS[name].replace(/\$\d/g, '?'));
      prepared[name].run(...values);
    },
  };
}

function openPostgres(url, connections) {
  const parts = new URL(url.replace('postgresql+psycopg://carillon@', 'postgresql://carillon@localhost'));
  const pool = new (require('pg').Pool)({
    host: parts.searchParams.get('host'), user: 'carillon', database: parts.pathname.slice(1), max: connections,
  });
  return {
    moment: (milliseconds) => new Date(milliseconds),
    create: () => pool.query(TABLES.replaceAll('STAMP', 'TIMESTAMPTZ')),
    write: (name, values) => pool.query({ name, text: STATEMENTS[name], values }), // prepared once per connection
  };
}

module.exports = { open };
