-- Changes of settings that came from another environment, so that they can be undone.
create table {schema}.auth_settings_changes (
  id uuid primary key default cb.uuid_v7(),
  -- { at, before, after } each, without secrets.
  changes json not null,
  -- Secrets that went with what was removed, sealed, by their path.
  secrets jsonb not null default '{}',
  applied_at timestamptz not null default now(),
  undone_at timestamptz
);
