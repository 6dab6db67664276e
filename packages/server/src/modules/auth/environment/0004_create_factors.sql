-- Second proofs beside the first, such as an authenticator app.
create table {schema}.auth_factors (
  id uuid primary key default cb.uuid_v7(),
  user_id uuid not null references {schema}.users on delete cascade,
  kind text not null check (kind in ('totp')),
  name text,
  -- Sealed with the environment's key.
  secret bytea not null,
  -- The time step of the last code that was taken: it is not taken again.
  last_step bigint not null default 0,
  -- null until the first code was right: before that it protects nothing.
  confirmed_at timestamptz,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index on {schema}.auth_factors (user_id);

-- Codes to keep on paper. One that was used is gone.
create table {schema}.auth_backup_codes (
  user_id uuid not null references {schema}.users on delete cascade,
  -- Under a key that is not in the database.
  hash bytea not null,
  primary key (user_id, hash)
);
