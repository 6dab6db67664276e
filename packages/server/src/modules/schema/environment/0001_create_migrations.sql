-- The migrations an app has applied to this environment, in the order of `number`.
create table {schema}.schema_migrations (
  number bigint generated always as identity primary key,
  -- Name of its file without .ts.
  name text not null unique,
  -- Names of the migrations it was made after.
  parents json not null,
  -- json and not jsonb: the order of the fields is the author's.
  operations json not null,
  -- Of parents and operations, to tell whether the file has been edited since.
  hash text not null,
  -- What did it, in order: the id of a plan (data_structure_plans) as text, or the number of an operation that is SQL.
  -- Null where what it does was there already.
  done json,
  state text not null default 'applied' check (state in ('applied', 'running', 'failed')),
  -- The online change it goes on as.
  change text,
  applied_at timestamptz not null default now()
);
