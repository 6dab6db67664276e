-- Changes of structure that go on beside reads and writes. The parts of change 7 that are in the table of its collection
-- are the columns "<field>.next" and "<field>.change", and the trigger and function data_change_7.
create table {schema}.data_online_changes (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('change-field', 'add-index')),
  collection text not null,
  field text,
  index_name text,
  -- As the step of the plan that is noted in the end.
  step json not null,
  state text not null default 'running' check (state in ('running', 'paused', 'failed', 'done', 'cancelled')),
  phase text not null default 'backfill' check (phase in ('backfill', 'quarantined', 'constraints', 'contract', 'archive')),
  -- Somebody has asked for its end: whoever runs it does no more.
  is_cancelling boolean not null default false,
  -- What is in the quarantine is to become nothing.
  sets_null boolean not null default false,
  rows_total bigint,
  rows_done bigint not null default 0,
  -- The last document that was reached.
  cursor uuid,
  error text,
  -- The plan it has become, and the entry of the trash its old values go to.
  plan uuid,
  trash bigint,
  started_at timestamptz not null default now(),
  ended_at timestamptz
);
-- One at a time for each collection.
create unique index on {schema}.data_online_changes (collection) where state in ('running', 'paused', 'failed');

-- Documents whose value has no counterpart.
create table {schema}.data_change_quarantine (
  change bigint not null,
  document uuid not null,
  value text,
  message text not null,
  primary key (change, document)
);

-- Documents that were reached and have to be done again.
create table {schema}.data_change_todo (
  change bigint not null,
  document uuid not null,
  primary key (change, document)
);
