-- DE 13 and 12: a partner of a later edition names a payment by its local time.
ALTER TABLE payment ADD COLUMN local_time bigint;
