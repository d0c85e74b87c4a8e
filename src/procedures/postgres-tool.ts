import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DatabaseConnection } from './database.ts'

/** Standard error of a tool that is kept for the message. */
const MAX_COMPLAINT = 4_000

export interface ToolOptions {
  readonly signal?: AbortSignal | undefined
  /** What it reads, and what that passes through first; nothing where absent. */
  readonly input?: readonly (Readable | Transform)[]
}

/** A running client tool of PostgreSQL. */
export interface Tool {
  readonly output: Readable
  /** Rejects where the tool could not be started or did not end with 0, with what it said. */
  readonly ended: Promise<void>
  /** Throws its output away and waits for its end. */
  finish(): Promise<void>
}

/** Starts pg_dump, pg_restore or psql on a connection; the password goes by the environment, never by the command line. */
export function runTool(name: string, argv: readonly string[], connection: DatabaseConnection, options: ToolOptions = {}): Tool {
  const { signal, input } = options
  const child = spawn(name, argv, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment(connection) },
    ...(signal === undefined ? {} : { signal }),
  })
  const { stdin, stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error(`${name} was started without its output`)
  let complaint = ''
  stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(0, MAX_COMPLAINT)
  })
  const fed = stdin === null || input === undefined ? Promise.resolve() : pipeline([...input, stdin])
  const ended = end()
  // Whoever reads the output awaits this after its last byte; until then a rejection is nobody's yet.
  void Promise.allSettled([ended, fed])
  return {
    output: stdout,
    ended,
    finish: () => {
      stdout.resume()
      return ended
    },
  }

  async function end(): Promise<void> {
    const [code, killedBy] = await once(child, 'close').catch((error: Error) => {
      throw missing(name, error)
    })
    // The tool's own complaint says more than the pipe that it closed.
    if (code !== 0) throw new Error(`${name} ended with ${code ?? killedBy}: ${complaint.trim() || 'no message'}`)
    await fed
  }
}

function missing(name: string, error: Error): Error {
  if (!('code' in error) || error.code !== 'ENOENT') return error
  return new Error(`this backup needs ${name}, which is not on the PATH; install the server’s client tools`, { cause: error })
}

/** The way libpq takes a password that must not stand on a command line. */
function environment({ host, port, user, password, database, ssl }: DatabaseConnection): NodeJS.ProcessEnv {
  return {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGSSLMODE: ssl === true ? 'require' : 'prefer',
    PGAPPNAME: 'runbook-procedure',
  }
}
