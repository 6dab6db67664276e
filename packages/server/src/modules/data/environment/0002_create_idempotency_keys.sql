-- Answers to requests with an Idempotency-Key, written in the transaction of what they answer. A row without status
-- belongs to a transaction that is still open.
create table {schema}.data_idempotency_keys (
  key text not null,
  caller text not null,
  request text not null,
  status int,
  headers json,
  body text,
  made_at timestamptz not null default now(),
  primary key (key, caller)
);
create index on {schema}.data_idempotency_keys (made_at);
