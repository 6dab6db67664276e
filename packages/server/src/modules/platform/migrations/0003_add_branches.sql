-- A branch is an environment made from another one. What is inert tells nobody outside: mails stay in its mailbox,
-- webhooks and schedules rest.
alter table cloudbox.platform_environments
  add column branched_from uuid references cloudbox.platform_environments on delete set null,
  add column is_inert boolean not null default false;
create index on cloudbox.platform_environments (branched_from);
