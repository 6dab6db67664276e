-- The head of a file that is being brought in, piece by piece: its snapshot is making until the last one is there.
alter table cloudbox.platform_snapshots add column upload json;
