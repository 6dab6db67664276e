-- What the tables of collections call. It lives in schema cb, which the environments' own roles may use.
create schema if not exists cb;
grant usage on schema cb to public;

-- Keeps updated_at true for plain SQL too. Never backwards, also when the transaction began before the last change,
-- so that it tells two versions of a document apart.
create function cb.touch_updated_at() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := greatest(now(), old.updated_at + interval '1 microsecond');
  return new;
end
$$;

-- Ids that grow with time (RFC 9562) for servers before Postgres 18, which has uuidv7(): a random uuid of version 4
-- whose first 48 bits become the milliseconds since 1970 and whose version becomes 7.
create function cb.uuid_v7() returns uuid
  language sql volatile parallel safe
  return encode(
    set_bit(set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6),
      52, 1), 53, 1), 'hex')::uuid;

-- Every element of a list matches: a CHECK may not hold a subquery itself.
create function cb.every_matches(elements text[], pattern text) returns boolean
  language sql immutable strict parallel safe
  return not exists (select from unnest(elements) element where element is null or element !~ pattern);
