-- Plans that changed the structure of this environment, so that they can be undone.
create table {schema}.data_structure_plans (
  id uuid primary key default cb.uuid_v7(),
  steps json not null,
  applied_at timestamptz not null default now(),
  -- It took back what that one did.
  undo_of uuid,
  -- It was taken back by that one.
  undone_by uuid
);

-- What destructive steps took away. The values of number 7 are in the table data_trash_7: the collection's own table
-- under another name, or (id, value) for what documents had in a field.
create table {schema}.data_trash (
  id bigint generated always as identity primary key,
  plan uuid not null,
  -- From 1.
  step int not null,
  kind text not null check (kind in ('collection', 'field', 'unknown-field')),
  collection text not null,
  field text,
  -- As the collection or field was defined.
  definition json not null,
  bytes bigint not null default 0,
  removed_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index on {schema}.data_trash (plan);
create index on {schema}.data_trash (expires_at);
