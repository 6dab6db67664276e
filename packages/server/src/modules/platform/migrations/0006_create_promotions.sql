-- What is to be brought from one environment of a project to another, as it was reviewed, and what became of it.
create table cloudbox.platform_promotions (
  id uuid primary key default gen_random_uuid(),
  target_id uuid not null references cloudbox.platform_environments on delete cascade,
  -- Its name at that time: it may be gone by now.
  source text not null,
  -- { steps, versions, settings, settingsVersion, variables, missingSecrets }
  plan json not null,
  rehearsal json not null,
  proposed_by text not null,
  proposed_at timestamptz not null default now(),
  applied_by text,
  applied_at timestamptz,
  undone_by text,
  undone_at timestamptz,
  -- What undoes it, as the modules know it.
  structure_plan text,
  settings_change text
);
create index on cloudbox.platform_promotions (target_id, proposed_at);
