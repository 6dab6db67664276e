-- Status pages of environments; without a row it is closed.
create table cloudbox.status_pages (
  environment_id uuid primary key references cloudbox.platform_environments (id) on delete cascade,
  settings jsonb not null
);
