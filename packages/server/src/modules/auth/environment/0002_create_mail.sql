-- Words of this environment's own for a mail, in place of the built-in ones.
create table {schema}.auth_mail_templates (
  kind text not null,
  -- Lower case, as in de or pt-br.
  language text not null,
  subject text not null,
  html text not null,
  text text not null,
  updated_at timestamptz not null default now(),
  primary key (kind, language)
);

-- Mails to be sent, written in the transaction of what they tell.
create table {schema}.auth_mail_queue (
  id uuid primary key,
  -- Sealed: languages and variables, among them links and codes. Gone as soon as the mail is sent or given up.
  content bytea,
  -- null: nobody gets this one. It is there so that a stranger's request takes as long as a user's.
  recipient text,
  kind text not null,
  attempts smallint not null default 0,
  -- When to try (again). While a mail is being sent this is when its sender is taken for dead.
  due_at timestamptz default now(),
  sent_at timestamptz,
  failed_at timestamptz,
  -- Why the last attempt failed.
  reason text,
  created_at timestamptz not null default now(),
  check ((due_at is null) = (sent_at is not null or failed_at is not null))
);
create index on {schema}.auth_mail_queue (due_at) where due_at is not null;
create index on {schema}.auth_mail_queue (created_at);

-- What a dev environment shows instead of (or besides) sending it.
create table {schema}.auth_mailbox (
  number bigint generated always as identity primary key,
  id uuid not null unique,
  recipient text not null,
  kind text not null,
  language text not null,
  subject text not null,
  html text not null,
  text text not null,
  link text,
  code text,
  created_at timestamptz not null default now()
);
