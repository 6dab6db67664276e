-- Operations by number, so that windows tell them in two bytes.
create table cloudbox.monitoring_operations (
  id int generated always as identity primary key,
  kind text not null,
  name text not null,
  unique (kind, name)
);

-- What was counted in an environment in one window; environment 0: what belongs to none. No foreign key: an environment
-- that goes leaves its windows to the next sweep.
create table cloudbox.monitoring_windows (
  -- Length in seconds: 10, 60, 3600.
  step smallint not null,
  environment_id uuid not null,
  at timestamptz not null,
  -- Form: counting/pack.ts. Small, so compressing each would cost more than it saves.
  counts bytea not null,
  primary key (step, environment_id, at)
);
alter table cloudbox.monitoring_windows alter column counts set storage external;

-- Up to where shorter windows have been merged into those of this step.
create table cloudbox.monitoring_progress (
  step smallint primary key,
  merged_to timestamptz not null
);

-- Texts of statements, with $1 for each value.
create table cloudbox.monitoring_statements (
  id int generated always as identity primary key,
  hash bytea not null unique,
  text text not null,
  is_plannable boolean not null,
  used_on date not null
);

-- Requests that failed or were slow, whole but for what belongs to anybody.
create table cloudbox.monitoring_requests (
  id bigint generated always as identity primary key,
  environment_id uuid not null,
  at timestamptz not null,
  reason text not null,
  operation int not null,
  path text not null,
  status smallint not null,
  code text,
  duration_us bigint not null,
  database_us bigint not null,
  statement_count int not null,
  rows bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  caller text not null,
  request_id text not null,
  -- [statement, count, duration µs, slowest µs, rows], those that took longest first.
  statements bigint[] not null
);
create index on cloudbox.monitoring_requests (environment_id, id);

-- What changes how things go.
create table cloudbox.monitoring_markers (
  id bigint generated always as identity primary key,
  -- Null: all of them.
  environment_id uuid,
  at timestamptz not null,
  kind text not null,
  title text not null,
  subject text not null
);
create index on cloudbox.monitoring_markers (environment_id, at);
create index on cloudbox.monitoring_markers (at) where environment_id is null;
