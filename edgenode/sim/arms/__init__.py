"""Arms: the same world lived through with another policy, flow or link, in virtual time.

Each arm is one production node with its centre on simulated disks, links and venues. Time passes
as fast as its work is done, so an arm gives the same figures on any machine under any load.
"""
