-- How urgent it was called when somebody was last told that it fires; null: as it stands.
alter table cloudbox.alerts_states add column told_severity text;
