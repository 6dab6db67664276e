-- When the user last proved to be himself in this session: what guards his account wants that to be fresh.
alter table {schema}.auth_sessions add proved_at timestamptz;
update {schema}.auth_sessions set proved_at = created_at;
alter table {schema}.auth_sessions alter proved_at set not null, alter proved_at set default now();
