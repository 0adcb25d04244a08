-- weak_joins: hosts that the weak links make one with another, which stands for all of them (host_weak).
-- one row per such host, but for that other one; reads host_of
select
    host_of.host,
    min(host_of.host_weak) as host_weak
from host_of
where host_of.host <> host_of.host_weak
group by host_of.host
