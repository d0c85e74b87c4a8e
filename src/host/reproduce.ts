import type { TargetSpec } from '../targets/schema.ts'
import type { SectionName } from './facts.ts'
import { composeFileOf, quote } from './questions.ts'

type Commands = { readonly [S in SectionName]: (spec: TargetSpec) => string }

/** For each section the shell line that shows an operator the same on the host, without any secret on the screen. */
const COMMANDS: Commands = {
  account: () => 'id; getent group docker',
  clock: () => 'timedatectl; date --iso-8601=ns',
  machine: () => 'nproc; head -3 /proc/meminfo; cat /proc/self/cgroup /sys/fs/cgroup/cpu.max /sys/fs/cgroup/memory.max',
  disks: ({ paths }) => `df -h / ${quote(paths.application)}; df -i / ${quote(paths.application)}; lsblk -d -o NAME,ROTA,SIZE`,
  links: () => 'ip route show default; grep . /sys/class/net/*/speed',
  os: () => 'cat /etc/os-release; uname -a',
  swap: () => 'cat /proc/swaps /proc/sys/vm/swappiness',
  reboot: () => 'ls /run/reboot-required*; uname -r; ls -t /boot/vmlinuz-*',
  load: () => 'uptime; ps -eo pcpu,pmem,comm --sort=-pcpu | head',
  limits: () =>
    "grep -E 'open files|processes' /proc/self/limits; grep -rv '^#' /etc/security/limits.conf /etc/security/limits.d",
  tools: ({ expect }) => `for tool in ${expect.tools.join(' ')}; do command -v "$tool" || echo "$tool is missing"; done`,
  updates: () => 'apt list --upgradable | grep -i security',
  engine: () => 'docker version; docker info; cat /etc/docker/daemon.json',
  composeVersion: () => 'docker compose version',
  units: () => 'systemctl is-active docker; systemctl is-enabled docker',
  directories: ({ paths }) =>
    `find ${quote(paths.application)} ${quote(paths.monitoring)} -maxdepth 2 -type d -exec stat -c '%A %U:%G %n' {} +`,
  worldWritable: ({ paths }) => `find ${quote(paths.application)} ${quote(paths.monitoring)} -xdev ! -type l -perm -0002`,
  envFile: ({ paths }) => `ls -l ${quote(paths.envFile)}; cat ${quote(paths.envFile)}`,
  composeFile: (spec) => `cat ${quote(composeFileOf(spec))}`,
  prometheusConfig: ({ paths }) => `cat ${quote(paths.prometheusConfig)}`,
  prometheusRules: ({ paths }) => `cat ${quote(paths.prometheusRules)}/*.yml`,
  secretFiles: ({ paths }) => `ls -la ${quote(paths.secrets)}`,
  secretContents: ({ paths }) => `wc -c ${quote(paths.secrets)}/*`,
  certificates: ({ paths }) =>
    `for file in ${quote(paths.certificates)}/*.crt; do openssl x509 -in "$file" -noout -subject -enddate; done`,
  keyFiles: ({ paths }) => `ls -la ${quote(paths.keys)}`,
  keys: ({ paths }) =>
    `for file in ${quote(paths.keys)}/*.key; do openssl pkey -in "$file" -pubout -outform DER | sha256sum; done`,
  listeners: () => 'ss -ltnp',
  firewall: () => 'sudo nft list ruleset || sudo iptables -S',
  connectivity: () => 'nc -vz -w 3 HOST PORT',
  backups: ({ paths }) => `ls -lt ${quote(paths.backups)}; df -h ${quote(paths.backups)}`,
  deployLog: ({ paths }) => `tail -n 100 ${quote(paths.deployLog)}`,
  rollbackLog: ({ paths }) => `tail -n 100 ${quote(paths.rollbackLog)}`,
  logs: ({ paths }) => `du -sh ${quote(paths.application)}/logs; grep -rl ${quote(paths.application)} /etc/logrotate.d`,
}

/** What an operator pastes on the host to see what the collector saw in that section. */
export function reproduceSection(section: SectionName, spec: TargetSpec): string {
  return COMMANDS[section](spec)
}
