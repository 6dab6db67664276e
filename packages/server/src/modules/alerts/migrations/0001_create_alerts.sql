-- Rules that somebody has made, and defaults that somebody has changed. No foreign keys: an environment that goes leaves its
-- rows to the next sweep.
create table cloudbox.alerts_rules (
  environment_id uuid not null,
  -- A UUID, or the name of a default.
  id text not null,
  definition jsonb not null,
  created_at timestamptz not null default now(),
  primary key (environment_id, id)
);

-- How each rule stands; none: all is well. Kept, so that a start neither tells twice nor forgets.
create table cloudbox.alerts_states (
  environment_id uuid not null,
  rule_id text not null,
  -- What was judged: another condition begins anew.
  condition text not null,
  state jsonb not null,
  -- The newest figure, and of when it is.
  value double precision,
  at timestamptz not null,
  -- Null unless it fires.
  incident_id bigint,
  -- When somebody was last told that it fires.
  told_at timestamptz,
  primary key (environment_id, rule_id)
);

create table cloudbox.alerts_incidents (
  id bigint generated always as identity primary key,
  environment_id uuid not null,
  rule_id text not null,
  name text not null,
  condition jsonb not null,
  severity text not null,
  began_at timestamptz not null,
  fired_at timestamptz not null,
  ended_at timestamptz,
  ended text,
  peak double precision not null
);
create index on cloudbox.alerts_incidents (environment_id, id);

create table cloudbox.alerts_channels (
  id uuid primary key,
  environment_id uuid not null,
  kind text not null,
  name text not null,
  -- What may be shown of it.
  address text not null,
  -- Sealed: where it goes, and what it is signed with.
  sealed bytea not null,
  -- Where the console was when somebody last changed it: links lead there where the server knows no public address.
  origin text not null,
  is_on boolean not null,
  created_at timestamptz not null default now(),
  delivered_at timestamptz,
  failed_at timestamptz,
  failure text
);
create index on cloudbox.alerts_channels (environment_id);

create table cloudbox.alerts_silences (
  id uuid primary key,
  environment_id uuid not null,
  -- Null: all of them.
  rule_id text,
  from_at timestamptz not null,
  to_at timestamptz not null,
  reason text not null,
  made_by text not null,
  created_at timestamptz not null default now()
);
create index on cloudbox.alerts_silences (environment_id, to_at);

-- What is to be told to whom, written in the transaction that changes the state, and delivered from here.
create table cloudbox.alerts_notices (
  id uuid primary key,
  environment_id uuid not null,
  incident_id bigint not null references cloudbox.alerts_incidents on delete cascade,
  -- Null: there was none. A silenced notice may have none, too.
  channel_id uuid,
  kind text not null,
  state text not null,
  silence_id uuid,
  at timestamptz not null,
  attempts smallint not null default 0,
  -- When to try (again). While it is being sent this is when its sender is taken for dead.
  due_at timestamptz,
  delivered_at timestamptz,
  reason text,
  -- The mail it became.
  mail_id uuid,
  unique nulls not distinct (incident_id, channel_id, kind, at),
  check ((due_at is null) = (state <> 'waiting'))
);
create index on cloudbox.alerts_notices (due_at) where due_at is not null;
create index on cloudbox.alerts_notices (incident_id);
create index on cloudbox.alerts_notices (silence_id) where silence_id is not null;

-- Who watches the watcher.
create table cloudbox.alerts_watch (
  one boolean primary key default true check (one),
  evaluated_at timestamptz not null,
  heartbeat_at timestamptz,
  heartbeat_failure text
);
create table cloudbox.alerts_gaps (
  from_at timestamptz not null,
  to_at timestamptz primary key
);
