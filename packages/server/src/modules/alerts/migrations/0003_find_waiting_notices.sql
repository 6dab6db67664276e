-- How many wait of an environment.
create index on cloudbox.alerts_notices (environment_id) where due_at is not null;
