-- Requests and data of an environment on one day. No foreign key: an environment that goes leaves its counts to the next
-- sweep.
create table cloudbox.usage_days (
  day date not null,
  environment_id uuid not null,
  -- Id of a key, or `operator`, or `none`.
  source text not null,
  -- Method and pattern of the route.
  operation text not null,
  requests bigint not null,
  errors bigint not null,
  refused bigint not null,
  bytes_in bigint not null,
  bytes_out bigint not null,
  primary key (environment_id, day, source, operation)
);

-- How many people there were, as a number. While its time goes on there is also the sketch it comes from.
create table cloudbox.usage_people (
  environment_id uuid not null,
  -- `visitors`, `users`, or `cohort`: users whose accounts were made in one week.
  who text not null,
  -- `day`, `week`, `month`, and the first day of it.
  period text not null,
  begins date not null,
  -- Of a cohort the Monday of its week, else as `begins`.
  cohort date not null,
  people bigint not null,
  -- Some salt was lost before its time was over: who came before and after is counted twice.
  interrupted boolean not null default false,
  -- Form: people/sketch.ts. Gone when the time is over.
  sketch bytea,
  primary key (environment_id, who, period, begins, cohort)
);
create index on cloudbox.usage_people (period, begins) where sketch is not null;

-- What makes pseudonyms of people, for as long as they are counted together. Unlogged: never in the write-ahead log, nor in
-- a copy made of it or of the files; emptied by replacing the file (people/salts.ts).
create unlogged table cloudbox.usage_salts (
  period text not null,
  begins date not null,
  salt bytea not null,
  primary key (period, begins)
);
