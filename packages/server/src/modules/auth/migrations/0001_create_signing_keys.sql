-- Native row security believes a claim only when it stands in a signed token: anyone may set a plain setting.
-- HMAC-SHA256 = sha256(outer_pad || sha256(inner_pad || message)), so the built-in sha256 is enough: no extension.
create table cloudbox.auth_signing_keys (
  environment_id uuid primary key references cloudbox.platform_environments on delete cascade,
  role_name text not null unique,
  secret bytea not null,
  inner_pad bytea not null,
  outer_pad bytea not null
);

create schema if not exists cb;
grant usage on schema cb to public;

create function cb.from_base64url(encoded text) returns bytea
  language sql immutable strict parallel safe
  return decode(rpad(translate(encoded, '-_', '+/'), ((length(encoded) + 3) / 4) * 4, '='), 'base64');

-- The claims in the setting cloudbox.token, when its signature, its time and its environment are right; else null.
-- Catching an error opens a subtransaction, which a parallel worker may not.
-- A token that makes no sense must give null and never an error: an error inside a policy would tell that a row exists.
create function cb.claims() returns jsonb
  language plpgsql stable security definer parallel unsafe
  set search_path = pg_catalog, pg_temp
as $$
declare
  parts text[] := string_to_array(nullif(current_setting('cloudbox.token', true), ''), '.');
  key record;
  claims jsonb;
begin
  if coalesce(cardinality(parts), 0) <> 3 then return null; end if;
  select * into key from cloudbox.auth_signing_keys where role_name = session_user;
  if not found then return null; end if;
  if cb.from_base64url(parts[3])
     is distinct from sha256(key.outer_pad || sha256(key.inner_pad || convert_to(parts[1] || '.' || parts[2], 'UTF8')))
  then return null; end if;
  claims := convert_from(cb.from_base64url(parts[2]), 'UTF8')::jsonb;
  if (claims ->> 'aud') is distinct from key.environment_id::text then return null; end if;
  if (claims ->> 'exp')::numeric is null or (claims ->> 'exp')::numeric <= extract(epoch from clock_timestamp()) then return null; end if;
  return claims;
exception when others then return null;
end $$;

create function cb.uid() returns text
  language sql stable parallel unsafe
  return cb.claims() ->> 'sub';

create function cb.role() returns text
  language sql stable parallel unsafe
  return cb.claims() ->> 'role';
