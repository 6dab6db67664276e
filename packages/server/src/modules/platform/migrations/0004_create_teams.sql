-- Who runs what. Operators are users of the environment _platform/production; here is what they may do, and where.
alter table cloudbox.platform_organisations
  add column title text,
  -- { auditIp: full | cut | none, auditDays: number or null, maxMembers, maxProjects, maxEnvironments }
  add column settings jsonb not null default '{}';

-- What was removed stays for two weeks, under another schema, so that it can be brought back; its name is free meanwhile.
alter table cloudbox.platform_projects
  add column title text,
  add column archived_at timestamptz,
  add column removed_at timestamptz,
  drop constraint platform_projects_name_key;
create unique index on cloudbox.platform_projects (name) where removed_at is null;

alter table cloudbox.platform_environments
  -- making: its schema is not whole yet; what a crash leaves so is removed at the next start.
  add column state text not null default 'ready' check (state in ('making', 'ready', 'removed')),
  add column archived_at timestamptz,
  add column removed_at timestamptz,
  add check ((state = 'removed') = (removed_at is not null)),
  drop constraint platform_environments_project_id_name_key;
create unique index on cloudbox.platform_environments (project_id, name) where state <> 'removed';

create table cloudbox.platform_roles (
  organisation_id uuid not null references cloudbox.platform_organisations on delete cascade,
  name text not null,
  title text,
  statements json not null,
  created_at timestamptz not null default now(),
  primary key (organisation_id, name)
);

create table cloudbox.platform_members (
  organisation_id uuid not null references cloudbox.platform_organisations on delete cascade,
  user_id uuid not null,
  -- owner, admin, developer, viewer, or one of the organisation's own.
  role text not null,
  joined_at timestamptz not null default now(),
  primary key (organisation_id, user_id)
);
create index on cloudbox.platform_members (user_id);

-- Another role in one project or environment; the narrower one counts.
create table cloudbox.platform_member_places (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null,
  user_id uuid not null,
  project_id uuid not null references cloudbox.platform_projects on delete cascade,
  environment_id uuid references cloudbox.platform_environments on delete cascade,
  role text not null,
  foreign key (organisation_id, user_id) references cloudbox.platform_members on delete cascade
);
create unique index on cloudbox.platform_member_places
  (organisation_id, user_id, project_id, environment_id) nulls not distinct;

create table cloudbox.platform_invitations (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references cloudbox.platform_organisations on delete cascade,
  email text not null,
  role text not null,
  -- Of the link's token; the token itself is in the mail alone.
  hash bytea not null unique,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  unique (organisation_id, email)
);

-- The link that makes the first owner: there is one as long as there is no owner.
create table cloudbox.platform_set_up (
  one boolean primary key default true check (one),
  hash bytea not null
);

alter table cloudbox.platform_keys
  add column name text,
  -- { permissions: [...], collections: [...] }; null: everything the kind of key may.
  add column scope jsonb,
  add column expires_at timestamptz,
  add column last_used_at timestamptz,
  -- The last letters, so that people recognise it.
  add column ending text,
  add column created_by text;

-- Configuration of an environment: values to be read, secrets sealed with the environment's key.
create table cloudbox.platform_variables (
  environment_id uuid not null references cloudbox.platform_environments on delete cascade,
  name text not null,
  value text,
  sealed bytea,
  updated_at timestamptz not null default now(),
  primary key (environment_id, name),
  check ((value is null) <> (sealed is null))
);

-- Answers to requests with an Idempotency-Key, sealed: some name a key that is never shown again.
create table cloudbox.platform_answers (
  key text not null,
  operator uuid not null,
  request bytea not null,
  answer bytea not null,
  made_at timestamptz not null default now(),
  primary key (operator, key)
);
create index on cloudbox.platform_answers (made_at);
