import { randomBytes } from 'node:crypto'
import { Unobserved } from '../outcome.ts'
import { type DatabaseConnection, quoted, withDatabase } from '../procedures/database.ts'
import { dropDatabase, recreateDatabase } from '../procedures/database-swap.ts'
import { BrokenBackup, type FailedBackup, failedBackup } from './flaw.ts'
import type { LiveDatabase, LiveFacts } from './live.ts'
import type { RehearsalReport, RestoredBackup } from './model.ts'
import { restoreStored } from './restore-stored.ts'
import type { Sandbox, SandboxNeeds } from './sandbox.ts'
import type { Source } from './source.ts'
import { type StoredBackup, storedBackups } from './stored.ts'

export interface RehearsalOptions {
  readonly source: Source
  readonly live: LiveDatabase | undefined
  /** Makes a disposable server; at most one is asked for at a time. @throws Unobserved */
  readonly sandbox: (needs: SandboxNeeds) => Promise<Sandbox>
  /** Who owns what is restored: never a superuser, since a dump can hold anything. */
  readonly owner: string
  /** Tables by which the product’s own database is known. */
  readonly known: readonly string[]
  /** What the application asks of its database, by a name for it. */
  readonly queries: Readonly<Record<string, string>>
  /** How many times the known size something may become before it is taken for a bomb. */
  readonly factor: number
  /** Bytes that are granted besides. */
  readonly allowance: number
  /** Major of the server where neither the live one nor a manifest tells. */
  readonly fallbackMajor: number
  /** The folder of backups as the disposable server’s own machine sees it, where that loads them itself; otherwise their bytes come here. */
  readonly folderThere?: string
  readonly signal: AbortSignal
}

/** Walking back further than this would not end within any observation. */
const MAX_ATTEMPTS = 10
const DATABASE = 'rehearsal'

/**
 * Restores the newest backup into a disposable server; where that fails, the next older one, and so on. Nothing is written where
 * the backups lie, nothing is kept here.
 * @throws Unobserved where it could not be looked, for a reason that is none of the backups’
 */
export async function rehearse(options: RehearsalOptions): Promise<RehearsalReport> {
  const stored = storedBackups(await options.source.list())
  const { facts, liveProblem } = await liveFacts(options.live)
  const failed: FailedBackup[] = []
  const sandboxes = new Sandboxes(options, facts)
  let restored: RestoredBackup | null = null
  try {
    for (const backup of stored.slice(0, MAX_ATTEMPTS)) {
      options.signal.throwIfAborted()
      const found = await tried(backup, options, facts, sandboxes)
      if (!(found instanceof BrokenBackup)) {
        restored = found
        break
      }
      failed.push(failedBackup(backup.name, found))
    }
  } finally {
    await sandboxes.destroy()
  }
  const { server, gone, left } = sandboxes
  const { address } = options.source
  return {
    failed,
    restored,
    backups: stored.length,
    source: address,
    server,
    destroyed: gone,
    left,
    liveProblem,
    at: new Date().toISOString(),
  }
}

async function tried(
  backup: StoredBackup,
  options: RehearsalOptions,
  facts: LiveFacts | undefined,
  sandboxes: Sandboxes,
): Promise<RestoredBackup | BrokenBackup> {
  try {
    return await restoreStored(backup, { ...options, facts, prepared: (needs) => sandboxes.prepared(needs) })
  } catch (error) {
    options.signal.throwIfAborted()
    if (error instanceof BrokenBackup) return error
    throw error
  }
}

async function liveFacts(live: LiveDatabase | undefined): Promise<{ facts: LiveFacts | undefined; liveProblem: string }> {
  if (live === undefined) return { facts: undefined, liveProblem: 'the target describes no live database' }
  try {
    return { facts: await live.facts(), liveProblem: '' }
  } catch (error) {
    if (error instanceof Unobserved) return { facts: undefined, liveProblem: error.rootCause.text }
    throw error
  }
}

/** The disposable servers of one rehearsal: one, unless an older backup needs what the first cannot do. */
class Sandboxes {
  readonly gone: string[] = []
  readonly left: string[] = []
  server = ''
  readonly #options: RehearsalOptions
  readonly #facts: LiveFacts | undefined
  #current: { readonly sandbox: Sandbox; readonly needs: SandboxNeeds; readonly owner: DatabaseConnection } | undefined

  constructor(options: RehearsalOptions, facts: LiveFacts | undefined) {
    this.#options = options
    this.#facts = facts
  }

  /** A server that can do that, with an empty database in it. */
  async prepared(needs: SandboxNeeds): Promise<{ sandbox: Sandbox; into: DatabaseConnection }> {
    const { signal } = this.#options
    const { sandbox, owner } = await this.#that(needs)
    const by = { admin: sandbox.admin, signal }
    await dropDatabase(by, DATABASE)
    await recreateDatabase(by, DATABASE, owner.user)
    return { sandbox, into: owner }
  }

  async #that(needs: SandboxNeeds): Promise<{ sandbox: Sandbox; owner: DatabaseConnection }> {
    const now = this.#current
    if (now !== undefined && now.needs.major === needs.major && (now.needs.archive || !needs.archive)) return now
    await this.destroy()
    const sandbox = await this.#options.sandbox(needs)
    const owner = {
      ...sandbox.admin,
      user: this.#ownerName(sandbox),
      password: randomBytes(18).toString('base64url'),
      database: DATABASE,
    }
    this.#current = { sandbox, needs, owner }
    this.server = sandbox.description
    await makeRoles(sandbox, owner, this.#facts?.roles ?? [])
    return { sandbox, owner }
  }

  #ownerName({ admin }: Sandbox): string {
    return this.#options.owner === admin.user ? `${this.#options.owner}_restoring` : this.#options.owner
  }

  async destroy(): Promise<void> {
    const destruction = await this.#current?.sandbox.destroy()
    this.#current = undefined
    this.gone.push(...(destruction?.gone ?? []))
    this.left.push(...(destruction?.left ?? []))
  }
}

/** The owner, and the names of the others that a dump may grant something to: they cannot log in. */
async function makeRoles({ admin }: Sandbox, owner: DatabaseConnection, roles: readonly string[]): Promise<void> {
  await withDatabase(admin, async (client) => {
    await client.query(`CREATE ROLE ${quoted(owner.user)} LOGIN PASSWORD '${owner.password}'`)
    for (const role of roles) if (role !== owner.user && role !== admin.user) await client.query(`CREATE ROLE ${quoted(role)}`)
  })
}
