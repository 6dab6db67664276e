-- The structure of every collection of this environment, as its author wrote it.
-- json and not jsonb: the order of the fields is the author's.
create table {schema}.data_collections (
  name text primary key,
  definition json not null,
  version bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- Versions never come back, not even for a collection that was dropped and made again.
create sequence {schema}.data_collection_versions;
