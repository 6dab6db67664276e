-- Organisations own projects, projects own environments, environments own everything else (in a schema of their own).
create table cloudbox.platform_organisations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  created_at timestamptz not null default now()
);

create table cloudbox.platform_projects (
  id uuid primary key default gen_random_uuid(),
  organisation_id uuid not null references cloudbox.platform_organisations,
  name text not null unique,
  created_at timestamptz not null default now()
);

create table cloudbox.platform_environments (
  id uuid primary key default gen_random_uuid(),
  project_id uuid not null references cloudbox.platform_projects,
  name text not null,
  schema_name text not null unique,
  role_name text not null unique,
  is_dev boolean not null,
  created_at timestamptz not null default now(),
  unique (project_id, name)
);

-- A secret key is kept as its SHA-256 only; a publishable key stands in every app, so it is kept as it is.
create table cloudbox.platform_keys (
  id uuid primary key default gen_random_uuid(),
  environment_id uuid not null references cloudbox.platform_environments on delete cascade,
  kind text not null check (kind in ('publishable', 'secret')),
  hash bytea not null unique,
  publishable_value text,
  created_at timestamptz not null default now(),
  check ((kind = 'publishable') = (publishable_value is not null))
);
create index on cloudbox.platform_keys (environment_id);
