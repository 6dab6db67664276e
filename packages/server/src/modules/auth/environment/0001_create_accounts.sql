-- The users of this environment. The table follows the conventions of collections: module data shows it as one.
create table {schema}.users (
  id uuid default cb.uuid_v7() constraint users_pkey primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Lower case: one address, one account.
  email text unique,
  "emailVerified" boolean not null default false,
  -- E.164: +491701234567.
  phone text unique,
  "phoneVerified" boolean not null default false,
  name text,
  "avatarUrl" text,
  role text,
  roles text[] not null default '{}',
  -- Custom claims: they travel in the token.
  claims jsonb,
  -- What the user may change himself: never trusted by policies.
  metadata jsonb constraint "metadata.object" check (jsonb_typeof(metadata) = 'object'),
  locale text,
  "isAnonymous" boolean not null default false,
  "bannedUntil" timestamptz,
  "lastSignInAt" timestamptz
);
alter table {schema}.users replica identity full;
create trigger touch_updated_at before update on {schema}.users for each row
  when (old.updated_at is not distinct from new.updated_at) execute function cb.touch_updated_at();
alter table {schema}.users enable row level security;

create table {schema}.auth_settings (
  one boolean primary key default true check (one),
  settings json not null,
  -- Secrets among the settings, sealed, by their path.
  secrets jsonb not null default '{}',
  version bigint not null default 1
);

-- next: published, so that others know it before it signs. active: signs. retired: still believed until its end.
create table {schema}.auth_signing_keys (
  kid text primary key,
  algorithm text not null,
  public_key json not null,
  -- Sealed with the environment's key.
  private_key bytea not null,
  status text not null check (status in ('next', 'active', 'retired')),
  created_at timestamptz not null default now(),
  believed_until timestamptz
);
create unique index on {schema}.auth_signing_keys (status) where status = 'active';

create table {schema}.auth_passwords (
  user_id uuid primary key references {schema}.users on delete cascade,
  hash text not null,
  changed_at timestamptz not null default now()
);

-- Who a user is at a provider.
create table {schema}.auth_identities (
  id uuid primary key default cb.uuid_v7(),
  user_id uuid not null references {schema}.users on delete cascade,
  provider text not null,
  subject text not null,
  email text,
  profile json not null default '{}',
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  unique (provider, subject)
);
create index on {schema}.auth_identities (user_id);

-- One row per session, however often it is refreshed: the refresh token carries the counter.
create table {schema}.auth_sessions (
  id uuid primary key,
  -- A session outlives its user until the last token it gave has ended: until then it has to be known as revoked.
  user_id uuid references {schema}.users on delete set null,
  counter int not null default 0,
  refreshed_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  -- The end, whatever is done with it.
  ends_at timestamptz not null,
  -- The end unless it is used.
  idle_ends_at timestamptz,
  aal smallint not null default 1,
  methods text[] not null,
  user_agent text,
  ip inet,
  -- The operator or key that acts as the user.
  impersonated_by text,
  revoked_at timestamptz,
  revoked_why text
);
create index on {schema}.auth_sessions (user_id);
create index on {schema}.auth_sessions (revoked_at) where revoked_at is not null;
create index on {schema}.auth_sessions (ends_at);

-- Links and codes that are good once. Only hashes are kept; the purpose is part of what is hashed.
create table {schema}.auth_one_time_tokens (
  hash bytea primary key,
  purpose text not null,
  user_id uuid references {schema}.users on delete cascade,
  data json not null,
  attempts_left smallint not null default 1,
  expires_at timestamptz not null
);
create index on {schema}.auth_one_time_tokens (expires_at);
create index on {schema}.auth_one_time_tokens (user_id);

-- What happened to accounts, and who did it.
create table {schema}.auth_audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  action text not null,
  user_id uuid,
  -- secret-key, the user himself, or who impersonates him.
  actor text not null,
  ip inet,
  details json not null default '{}'
);
create index on {schema}.auth_audit (user_id, id);
