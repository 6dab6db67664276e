-- Token buckets, shared by all processes. Unlogged: a crash of the server forgets them, and nobody else is told of them.
create unlogged table {schema}.auth_rate_limits (
  -- The bucket's name and a keyed hash of whose it is.
  key text primary key,
  tokens double precision not null,
  refilled_at timestamptz not null,
  -- From here on the row says nothing: it may be swept.
  full_at timestamptz not null
) with (fillfactor = 70);

-- Attempts on an account since the last success. Addresses without an account have rows too.
create unlogged table {schema}.auth_lockouts (
  key text primary key,
  failures int not null,
  -- Until then attempts are refused; of one that was let through, when it came.
  locked_until timestamptz not null,
  -- Whether the last attempt was refused.
  is_refused boolean not null
) with (fillfactor = 70);
