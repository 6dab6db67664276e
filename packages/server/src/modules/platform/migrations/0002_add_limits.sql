-- What one request may cost: { statementTimeoutMs, maxRows, maxCost }, each absent for the server's default.
alter table cloudbox.platform_environments add column limits jsonb not null default '{}';
