-- A project follows the branches of a repository: its host tells of them, and environments come and go with them.
create table cloudbox.platform_git_connections (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null unique references cloudbox.platform_projects on delete cascade,
  host text not null check (host in ('github', 'gitlab', 'generic')),
  -- By id: who connected was allowed to branch from this one, not from another that has its name later.
  from_id uuid references cloudbox.platform_environments on delete set null,
  -- { repository: text or null, data: none | all | sample, samplePercent, branches: [...], ignore: [...] }
  settings jsonb not null,
  -- What deliveries are signed with, sealed for the organisation.
  secret bytea not null,
  created_at timestamptz not null default now(),
  -- { at, event, outcome, branch, environment, reason, problem: { code, detail } }
  last_delivery jsonb,
  last_failure jsonb
);
create index on cloudbox.platform_git_connections (from_id);

-- The environments that came with branches. Only these go with them.
create table cloudbox.platform_git_branches (
  connection_id uuid not null references cloudbox.platform_git_connections on delete cascade,
  branch text not null,
  environment_id uuid not null references cloudbox.platform_environments on delete cascade,
  primary key (connection_id, branch)
);
create index on cloudbox.platform_git_branches (environment_id);

-- What hosts told and what is to be done about it: kept before it is answered, and afterwards so that nothing is done twice.
create table cloudbox.platform_git_deliveries (
  connection_id uuid not null references cloudbox.platform_git_connections on delete cascade,
  key bytea not null,
  number bigint not null generated always as identity,
  received_at timestamptz not null,
  request_id text not null,
  event text not null,
  branch text not null,
  change text not null check (change in ('make', 'remove')),
  attempts integer not null default 0,
  -- When to take it up, or to take it from somebody who has died over it; null: it is over.
  due_at timestamptz default now(),
  problem jsonb,
  primary key (connection_id, key)
);
create unique index on cloudbox.platform_git_deliveries (number);
create index on cloudbox.platform_git_deliveries (connection_id, branch, number) where due_at is not null;
create index on cloudbox.platform_git_deliveries (received_at);
