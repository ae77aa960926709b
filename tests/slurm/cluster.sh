#!/bin/sh
# A SLURM cluster of two nodes on this machine, for tests; root only, with Debian's slurm-wlm and munge:
#
#   tests/slurm/cluster.sh FOLDER
#
# It has a network (loopback only), processes and a host name of its own, so that nothing listens to the outside, and
# whatever it started ends when it ends: at the end of its standard input. FOLDER takes its files and should be empty;
# FOLDER/ready appears when jobs are taken. To run a command on it, enter the namespaces of its first process (tests/apart.py does):
#
#   SLURM_CONF=FOLDER/slurm.conf nsenter --target PID --net --pid --mount --uts COMMAND
set -eu

if [ "$1" != --inside ]; then
    exec unshare --net --pid --mount --uts --fork --kill-child --mount-proc "$0" --inside "$1"
fi
folder=$(realpath "$2")
cd "$folder"

hostname head
ip link set lo up
loopback=$(ip -4 -oneline address show lo | sed 's/.* inet \([0-9.]*\).*/\1/')
ip address add "${loopback%.*}.2/8" dev lo # names are not resolved where there is only the usual one
echo "$loopback localhost head n1 n2" > hosts
mount --bind hosts /etc/hosts

cat > slurm.conf << EOF
ClusterName=test
SlurmctldHost=head($loopback)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SlurmdTimeout=10
KillWait=2
NodeName=n1 NodeHostname=head NodeAddr=$loopback Port=17001 CPUs=1 RealMemory=2000
NodeName=n2 NodeHostname=head NodeAddr=$loopback Port=17002 CPUs=1 RealMemory=2000
PartitionName=test Nodes=n1,n2 Default=YES MaxTime=60 State=UP
EOF
export SLURM_CONF="$folder/slurm.conf"
mkdir state spool-n1 spool-n2

head -c 1024 /dev/urandom > munge.key
chmod 400 munge.key
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
    --log-file="$folder/munged.log" --seed-file="$folder/munged.seed"
slurmctld < /dev/null
slurmd -N n1 < /dev/null
slurmd -N n2 < /dev/null
while ! sinfo --noheader --Node --format=%T 2> sinfo.log | grep -c '^idle$' | grep -q '^2$'; do sleep 0.2; done
touch ready

cat > input.log
