-- Two roles: bgc_owner owns the tables and is used for migrations only; the service runs as bgc_service, which can add
-- to the audit trail and read it, and nothing else with it: it can neither change an entry nor remove a trigger.
--
--   1. As a superuser, in a database of its own:  the first part below.
--   2. DATABASE_URL=postgres://bgc_owner:…  npm run db:migrate        (again before each new release)
--   3. As a superuser or bgc_owner:  the second part below            (again after each migration)
--   4. DATABASE_URL=postgres://bgc_service:…  npm run start:prod
--
-- A test runs these statements, and then the service, as they are (test/e2e/database-roles.spec.ts).

-- First part -------------------------------------------------------------------------------------------------------
CREATE ROLE bgc_owner LOGIN PASSWORD 'choose-one';
CREATE ROLE bgc_service LOGIN PASSWORD 'choose-another';
GRANT CREATE, USAGE ON SCHEMA public TO bgc_owner;
GRANT USAGE ON SCHEMA public TO bgc_service;
-- The queue keeps its tables in a schema of its own, which the service makes and owns.
GRANT CREATE ON DATABASE bgc TO bgc_service;

-- Second part ------------------------------------------------------------------------------------------------------
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO bgc_service;
REVOKE INSERT, UPDATE, DELETE ON migrations FROM bgc_service;
REVOKE UPDATE, DELETE ON audit_entries, audit_checkpoints, audit_checkpoint_heads FROM bgc_service;
REVOKE DELETE ON audit_heads FROM bgc_service;
