import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** False where strace is not installed, or may not trace: tests that need it are skipped by name. */
export const CAN_TRACE = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']).status === 0

const CALLS = [
  'open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,unlink,unlinkat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat',
  'chmod,fchmod,fchmodat,chown,fchown,lchown,fchownat,truncate,ftruncate,utime,utimes,utimensat,futimesat,setxattr,lsetxattr,fsetxattr',
  'mount,umount2,swapon,swapoff,reboot,sethostname,settimeofday,clock_settime,init_module,finit_module,delete_module',
  'connect,bind,listen,sendto,sendmsg,sendmmsg',
  'kill,tkill,tgkill,pidfd_send_signal,clone,clone3,fork,vfork',
].join(',')

/** What processes did that is more than reading, each in strace's own words. */
export interface Deeds {
  readonly stdout: string
  /** Files opened for writing, made, changed or removed, the null device and the terminal apart; and what changes the system. */
  readonly writes: readonly string[]
  /** Connections and datagrams of the internet's families. */
  readonly connections: readonly string[]
  /** Signals to a process that is none of their own. */
  readonly signals: readonly string[]
}

/** Runs a command under strace, with all that it starts. */
export async function traced(argv: readonly string[], input: string): Promise<Deeds> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'trace-'))
  const file = path.join(directory, 'trace')
  try {
    const child = spawn('strace', [
      '-f',
      '--seccomp-bpf',
      '-qq',
      '-s',
      '200',
      '-e',
      `trace=${CALLS}`,
      '-e',
      'signal=none',
      '-o',
      file,
      ...argv,
    ])
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.resume()
    child.stdin.on('error', () => undefined).end(input)
    await once(child, 'close')
    const calls = callsIn(await readFile(file, 'utf8'))
    return { stdout, writes: calls.filter(isWrite), connections: calls.filter(isConnection), signals: strangers(calls) }
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** `PID call(arguments) = result`, one a line; what was interrupted by another process is put together again. */
function callsIn(trace: string): string[] {
  const begun = new Map<string, string>()
  return trace.split('\n').flatMap((line) => {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(pid, `${pid} ${rest.replace(/\s*<unfinished \.\.\.>$/, '')}`)
      return []
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest)?.[1]
    if (resumed === undefined) return rest === '' ? [] : [`${pid} ${rest}`]
    const whole = `${begun.get(pid) ?? pid}${resumed}`
    begun.delete(pid)
    return [whole]
  })
}

function isWrite(call: string): boolean {
  const [, name = ''] = /^\d+ (\w+)\(/.exec(call) ?? []
  if (/^(?:connect|bind|listen|send|kill|tkill|tgkill|pidfd|clone|fork|vfork)/.test(name)) return false
  if (!name.startsWith('open')) return name !== ''
  return /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE/.test(call) && !/"\/dev\/(?:null|tty)"/.test(call)
}

function isConnection(call: string): boolean {
  // The kernel itself is asked by messages that may be about those families.
  if (call.includes('sa_family=AF_NETLINK')) return false
  return /^\d+ (?:connect|bind|send\w+)\(.*AF_INET6?/.test(call) || /^\d+ listen\(/.test(call)
}

/** Signals whose receiver is none of the processes that the command started, nor the command itself. */
function strangers(calls: readonly string[]): string[] {
  const own = new Set(calls.slice(0, 1).map((call) => call.split(' ')[0] ?? ''))
  for (const call of calls) {
    const child = /^\d+ (?:clone3?|v?fork)\(.*= (\d+)$/.exec(call)?.[1]
    if (child !== undefined) own.add(child)
  }
  return calls.filter((call) => {
    const [, receiver] = /^\d+ (?:kill|tkill|tgkill)\((-?\d+)/.exec(call) ?? []
    if (/^\d+ pidfd_send_signal/.test(call)) return true
    // 0 is the sender's own group: a command that bounds another makes one of its own.
    return receiver !== undefined && receiver !== '0' && !own.has(receiver.replace('-', ''))
  })
}
