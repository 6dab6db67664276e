-- Keys of users that live on their devices (WebAuthn). Only the public half is here.
create table {schema}.auth_passkeys (
  id uuid primary key default cb.uuid_v7(),
  user_id uuid not null references {schema}.users on delete cascade,
  -- What the device calls it, base64url.
  credential_id text not null unique,
  name text,
  -- COSE.
  public_key bytea not null,
  -- Signatures the device has counted; 0 where it does not. A step back means a copy.
  counter bigint not null default 0,
  transports text[] not null default '{}',
  -- Kept by a password manager, on several devices.
  is_synced boolean not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz
);
create index on {schema}.auth_passkeys (user_id);
