"""A PostgreSQL cluster that fails over, on one machine: network namespaces, Patroni, etcd."""
