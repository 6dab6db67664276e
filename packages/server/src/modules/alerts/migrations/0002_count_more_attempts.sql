-- More than there can ever be: one attempt too many for the type would keep everything that is due from being sent.
alter table cloudbox.alerts_notices alter column attempts type integer;
