-- What environments were once: copies of all that is in them, each in a schema that is no environment's.
create table cloudbox.platform_snapshots (
  id uuid primary key default gen_random_uuid(),
  environment_id uuid not null references cloudbox.platform_environments on delete cascade,
  -- Null: it is about to become what is in the environment.
  name text,
  schema_name text not null unique,
  -- making: not whole yet; what a crash leaves so is removed at the next start.
  state text not null default 'making' check (state in ('making', 'ready')),
  -- Made by a restore, of what was there before.
  is_automatic boolean not null default false,
  made_at timestamptz not null default now(),
  bytes bigint,
  -- Names of what SQL made beside the collections: it is not in the copy.
  left_out json not null default '[]',
  unique (environment_id, name)
);
