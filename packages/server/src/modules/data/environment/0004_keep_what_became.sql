-- Of a field that a transform changed: beside each value its table has what the transform made of it (`became`).
alter table {schema}.data_trash add column is_transformed boolean not null default false;
