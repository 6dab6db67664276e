-- What was done, by whom: written in the transaction of what was done, never changed. Each entry's hash covers the one
-- before, keyed with the master key, which is not in the database.
create table cloudbox.platform_audit (
  organisation_id uuid not null,
  number bigint not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  action text not null,
  -- Place, as projects/shop/environments/dev; empty: the organisation itself.
  place text not null,
  -- What it was done to there: a key, a member, a collection …
  subject text not null,
  before json,
  after json,
  request_id text,
  ip text,
  hash bytea not null,
  primary key (organisation_id, number)
);
create index on cloudbox.platform_audit (organisation_id, action, number);
create index on cloudbox.platform_audit (organisation_id, actor_id, number);
create index on cloudbox.platform_audit (organisation_id, place, number);

-- Where each chain stands, and where it begins now that old entries were removed in order.
create table cloudbox.platform_audit_chains (
  organisation_id uuid primary key,
  number bigint not null,
  hash bytea not null,
  first_number bigint not null default 1,
  first_hash bytea not null
);

create function cloudbox.refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and current_setting('cloudbox.audit_retention', true) = 'on' then
    return old;
  end if;
  raise exception 'entries of the audit are never changed' using errcode = '0A000';
end $$;
create trigger refuse_change before update or delete on cloudbox.platform_audit
  for each row execute function cloudbox.refuse_change();
create trigger refuse_truncate before truncate on cloudbox.platform_audit
  for each statement execute function cloudbox.refuse_change();
