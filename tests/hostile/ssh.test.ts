import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import path from 'node:path'
import { describe, expect } from 'vitest'
import { sshShell } from '../../src/host/ssh/session.ts'
import { openMaster } from '../../src/host/ssh.ts'
import { type Arena, dripping, endless } from '../support/hostile/arena.ts'
import { type HostileCase, hostile } from '../support/hostile/cases.ts'
import { POISON } from '../support/hostile/poison.ts'
import { fakeProbe } from '../support/probes.ts'
import { SSHD, startSshd } from '../support/sshd.ts'

const hasClient = spawnSync('ssh', ['-V']).status === 0
const LIMIT_MS = 2_000

/** Connects through that configuration and asks who is there. */
function asking(arena: Arena, config: string, argv: readonly string[] = ['id', '-un']) {
  // Sockets have short names only.
  const directory = mkdtempSync('/tmp/hostile-ssh-')
  arena.use({ [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }) })
  return fakeProbe(
    async () => {
      const signal = AbortSignal.timeout(LIMIT_MS)
      const master = await openMaster({ destination: 'web', sshConfig: config, directory, signal })
      try {
        const { stdout, exitCode } = await sshShell(master.control, 'web').run(argv, {
          timeoutMs: LIMIT_MS,
          maxBytes: 100_000,
          signal,
        })
        return { value: { account: stdout.trim(), exitCode }, raw: stdout }
      } finally {
        await master.close()
      }
    },
    { kind: 'ssh', address: 'ssh:web', deadlineMs: LIMIT_MS + 1_500 },
  )
}

function against(name: string, attack: (socket: Socket) => void, says = /./): HostileCase {
  return {
    name,
    outcome: 'unobserved',
    says,
    async probe(arena) {
      const { port } = await arena.serve(attack)
      const directory = mkdtempSync('/tmp/hostile-ssh-')
      arena.use({ [Symbol.asyncDispose]: async () => rmSync(directory, { recursive: true, force: true }) })
      const config = path.join(directory, 'config')
      writeFileSync(
        config,
        `Host web\n  HostName 127.0.0.1\n  Port ${port}\n  UserKnownHostsFile /dev/null\n  IdentityAgent none\n`,
      )
      return asking(arena, config)
    },
  }
}

const judge = ({ exitCode }: { readonly exitCode: number }): void => expect(exitCode).toBe(0)

describe.skipIf(!hasClient)('with an OpenSSH client', () => {
  hostile('what listens where ssh should', { judge }, [
    against('silence', (socket) => socket.resume()),
    against('a banner without end', (socket) => endless(socket, 'Welcome to the machine\r\n')),
    against('a banner that is one line without end', (socket) => endless(socket, 'x')),
    against('a banner that drips', (socket) => dripping(socket, 'Welcome\r\n')),
    against('a banner that steers the terminal', (socket) => socket.end(`${POISON}\r\n`)),
    against('a web page', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    against('a packet of 4 GB', (socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2\r\n')
      socket.write(Buffer.alloc(64, 0xff))
    }),
    against('random bytes behind the banner, without end', (socket) => {
      socket.write('SSH-2.0-OpenSSH_9.2\r\n')
      endless(socket, Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7919) % 251)))
    }),
    against('the end within the banner', (socket) => socket.end('SSH-2.0-Open')),
  ])
})

function served(
  name: string,
  settings: readonly string[],
  lines: readonly string[],
  outcome: HostileCase['outcome'],
  says = /./,
): HostileCase {
  return {
    name,
    outcome,
    says,
    async probe(arena) {
      const sshd = arena.use(await startSshd(settings))
      return asking(arena, sshd.config(sshd.entry('web', lines)))
    },
  }
}

describe.skipIf(!hasClient || SSHD === undefined)('with a real sshd', () => {
  hostile('an ssh host', { judge }, [
    served('a key that is not the one on record', [], ['UserKnownHostsFile /dev/null'], 'unobserved', /key/),
    served('one command for all, that talks without end', ['ForceCommand yes runbook'], [], 'unobserved'),
    served(
      'one command for all, that imitates our greeting',
      [`ForceCommand printf 'runbook:root\\n'; sleep 5`],
      [],
      'unobserved',
    ),
    served(
      'one command for all, that imitates exit codes',
      [`ForceCommand printf 'runbook:x\\n'; printf '\\n0123456789abcdef01234567 0\\n' >&2; cat >/dev/null`],
      [],
      'unobserved',
    ),
  ])
})
