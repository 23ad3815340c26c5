#!/usr/bin/env bash
# Starts Slurm on this machine alone, in a folder of its own, to try worker.sbatch; needs Debian's slurm-wlm and munge, and root.
#
#   deploy/slurm/one-machine.sh FOLDER        prints the line that makes sbatch and squeue use it
#   deploy/slurm/one-machine.sh FOLDER stop
set -euo pipefail
folder=$(realpath -m "${1:?the folder for its files}")
if [ "${2:-}" = stop ]; then
  for pid in "$folder"/*.pid; do kill "$(cat "$pid")" 2> /dev/null || true; done
  exit 0
fi
mkdir -p "$folder/state" "$folder/spool"
name=$(hostname -s)
head -c 1024 /dev/urandom > "$folder/munge.key"
chmod 600 "$folder/munge.key"
cat > "$folder/slurm.conf" << CONF
ClusterName=one
SlurmctldHost=$name(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$folder/munge.sock
CryptoType=crypto/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$name Default=YES MaxTime=INFINITE State=UP
CONF
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.sock" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
export SLURM_CONF="$folder/slurm.conf"
slurmctld
slurmd -N "$name"
echo "export SLURM_CONF=$folder/slurm.conf"
