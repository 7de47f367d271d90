-- The password comes from the environment: an argument would stand in the list of processes.
\getenv password MHLOOP_DATABASE_PASSWORD
create role mhloop login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'password';
create database mhloop owner mhloop;
revoke all on database mhloop from public;
revoke all on database postgres from public;
