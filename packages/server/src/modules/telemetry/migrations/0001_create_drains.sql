-- Where lines of the log are sent to.
create table cloudbox.telemetry_drains (
  id uuid primary key,
  environment_id uuid not null references cloudbox.platform_environments (id) on delete cascade,
  name text not null,
  kind text not null,
  requests text not null,
  target text not null,
  -- What it takes to send there, sealed: addresses of webhooks are secrets as well.
  sealed bytea not null,
  created_at timestamptz not null default now()
);
create index on cloudbox.telemetry_drains (environment_id);
