import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { postHook, storesOf } from '../../../suites/support/hooks-of-host.ts'
import { openWorkspace } from '../../cli/workspace.ts'
import { ensureImages } from '../../images/index.ts'
import { type Canary, startCanary } from '../../procedures/canary.ts'
import type { LedgerStore } from '../../procedures/drill-stage.ts'
import { keeps, type Ledger, lossesOf, readLedger } from '../../procedures/ledger.ts'
import { type Manifest, parseManifest } from '../../procedures/manifest.ts'
import { recoveryProcedure, type StoredBackup } from '../../procedures/recovery.ts'
import { runProcedure } from '../../procedures/run.ts'
import { Stopping } from '../../targets/disposable/stopping.ts'
import { setUpDatabase } from '../../targets/ephemeral/database.ts'
import type { EphemeralOptions } from '../../targets/ephemeral/start.ts'
import { putContent } from '../../targets/ephemeral-host/prepare.ts'
import { settle, startHelpers } from '../../targets/ephemeral-host/settle.ts'
import { openSite, type Site } from '../../targets/ephemeral-host/site.ts'
import { platformOf } from '../../targets/ephemeral-host/stack.ts'
import { doorProblem } from '../../targets/ephemeral-host/start.ts'
import { loadTarget } from '../../targets/load.ts'
import { until } from '../../wait.ts'
import { keepEnded, lastLine, lookedAt, printedScript } from '../command.ts'
import { machine } from '../rollback-script/machine.ts'
import { concluded, type Row } from '../rows.ts'
import { refusals } from './flaws.ts'
import { deployOn, liveFile, type PreparedHost, prepareHost } from './hosts.ts'
import { judgeHostLoss, type Phase, seconds, skewsOf } from './judge.ts'

export interface HostLossOptions {
  /** Where scripts, reports and figures are kept. */
  readonly directory: string
  readonly signal: AbortSignal
  readonly print: (text: string) => void
}

const TARGET = 'ephemeral-host'
const EVERY_MS = 150
const PATIENCE_MS = 3_000
/** Hooks that must have been accepted before the backup, after it, and after the recovery. */
const TOKENS = 15
const TOKENS_MS = 60_000

/**
 * Loses a whole host and makes a new one out of backup storage alone: the product is deployed on a host, takes hooks, and is backed
 * up by the printed backup into a volume outside of it; the host is removed with all that lies in it; a new one is prepared, gets
 * what the backup holds, and must serve again. Returns 0 where the verdict is green.
 */
export async function proveHostLoss(options: HostLossOptions): Promise<number> {
  const { directory, signal, print } = options
  await mkdir(directory, { recursive: true })
  const workspace = await openWorkspace()
  const stopping = new Stopping()
  try {
    const opening: EphemeralOptions = {
      spec: loadTarget(TARGET),
      runDirectory: workspace.directory,
      watchdog: workspace.watchdog,
      ensureImages,
      keep: false,
      onProgress: print,
      signal,
    }
    const site = await openSite(opening, stopping)
    const storage = `${site.run.project}-backups`
    await site.engine.docker.createVolume({ Name: storage, Labels: { ...site.run.labels } })
    const rows = await new Rehearsal(options, opening, site, storage, stopping).run()
    return concluded(rows, print)
  } finally {
    await stopping.close()
    await workspace.clear()
  }
}

interface Backup {
  readonly directory: string
  readonly manifest: Manifest
  /** Of performance.now(), when it was begun. */
  readonly at: number
}

class Rehearsal {
  readonly #options: HostLossOptions
  readonly #opening: EphemeralOptions
  readonly #site: Site
  readonly #storage: string
  readonly #stopping: Stopping
  readonly #since = new Date()
  readonly #phases: Phase[] = []

  constructor(options: HostLossOptions, opening: EphemeralOptions, site: Site, storage: string, stopping: Stopping) {
    this.#options = options
    this.#opening = opening
    this.#site = site
    this.#storage = storage
    this.#stopping = stopping
  }

  async run(): Promise<Row[]> {
    const { spec, signal } = this.#opening
    const old = await this.#prepare({ suffix: '-lost', backups: this.#storage })
    const put = await deployOn(old, this.#opening, this.#site)
    const gateway = Object.fromEntries(this.#gateway().map((port) => [port, old.host.published(port)]))
    const canary = startCanary(
      { post: (token, patience) => this.#post(old, token, patience) },
      { everyMs: EVERY_MS, patienceMs: PATIENCE_MS, signal },
    )
    try {
      await this.#more(canary)
      const backup = await this.#backUp(old, put)
      const refused = await refusals(old.host, this.#stored(old, backup))
      await this.#more(canary)
      const lostAt = performance.now()
      await old.lose()
      const goneAt = performance.now()
      this.#options.print('the host is lost, with all that lay on it')
      const fresh = await this.#prepare({ suffix: '-new', backups: this.#storage, publishAs: gateway })
      this.#phase('a new machine', fresh.tookMs.machine)
      this.#phase('infrastructure procedure', fresh.tookMs.infrastructure)
      const file = await this.#recover(fresh, backup, put)
      const rtoMs = await this.#firstCorrect(fresh, canary, lostAt)
      await canary.stop()
      const ledgers = await this.#ledgers(fresh)
      const place = { file, directory: this.#options.directory, signal }
      await settle(fresh.live.spec, signal)
      const { code, stdout } = await lookedAt(place, 'postdeploy', '--suite=postdeploy')
      const { hostRtoMinutes, hostRpoMinutes } = spec.recovery
      const found = {
        phases: this.#phases,
        rtoMs,
        losses: lossesOf({ ledgers, tokens: canary.sent(), backupAt: backup.at, stoppedAt: goneAt }),
        skews: skewsOf(
          ledgers,
          canary.sent().filter(({ sentAt }) => sentAt < goneAt),
        ),
        stores: ['postgres', 'kafka', 'redis'],
        limits: { rtoMinutes: hostRtoMinutes, rpoMinutes: hostRpoMinutes },
        postdeploy: { exitCode: code, words: lastLine(stdout) },
      }
      await writeFile(path.join(this.#options.directory, 'host-loss.json'), `${JSON.stringify(found, null, 2)}\n`)
      return [...refused, ...judgeHostLoss(found)]
    } finally {
      await canary.stop()
    }
  }

  async #prepare(mark: Parameters<typeof prepareHost>[2]): Promise<PreparedHost> {
    const prepared = await prepareHost(this.#opening, this.#site, mark)
    await this.#stopping.add(() => prepared.lose())
    return prepared
  }

  #gateway(): number[] {
    const { tls, plain } = this.#site.stack.gateway
    return [tls, plain]
  }

  #post(host: PreparedHost, token: Parameters<typeof postHook>[1], patience: AbortSignal): Promise<boolean> {
    const { spec } = host.live
    const [service] = Object.values(spec.services)
    const { secrets, authority } = this.#site
    const door = { authority: authority.certificate, apiKey: secrets.apiKey, action: spec.synthetic.action }
    return postHook({ ...door, url: new URL(service?.public ?? '') }, token, patience)
  }

  /** Waits until some more hooks were accepted. @throws Error where they are not */
  async #more(canary: Canary): Promise<void> {
    const since = performance.now()
    const waiting = { deadlineMs: TOKENS_MS, everyMs: EVERY_MS, signal: this.#options.signal }
    const accepted = await until(
      async () => canary.acceptedSince(since).length,
      (count) => count >= TOKENS,
      waiting,
    )
    if (accepted < TOKENS) throw new Error(`${accepted} hooks were accepted within ${seconds(TOKENS_MS)}; expected ${TOKENS}`)
  }

  /** The printed backup, run there by bash. */
  async #backUp(old: PreparedHost, put: Readonly<Record<string, string>>): Promise<Backup> {
    const { directory, signal, print } = this.#options
    const file = await liveFile(old, { options: this.#opening, site: this.#site, put, spec: this.#opening.spec })
    const text = await printedScript({ file, directory, signal }, 'backup')
    const at = performance.now()
    const ended = await machine(old.shell, this.#opening.spec, signal).script(text)
    await keepEnded(directory, 'backup', ended)
    const { exitCode, stdout, stderr } = ended
    const place = /the backup is (\S+)/.exec(stdout)?.[1]
    if (exitCode !== 0 || place === undefined) throw new Error(`the printed backup ended with ${exitCode}: ${stderr.trim()}`)
    const manifest = parseManifest(await old.host.run(['cat', `${place}/manifest.json`]), place)
    print(`the printed backup took ${seconds(performance.now() - at)}`)
    return { directory: place, manifest, at }
  }

  #stored(host: PreparedHost, { directory, manifest }: Backup): StoredBackup {
    const { compose, kafka, redis } = this.#opening.spec
    const services = Object.keys(this.#site.release.images)
    const whole = {
      composeFile: compose?.file ?? '',
      envFile: compose?.envFile ?? '',
      services,
      hasKafka: kafka !== undefined,
      hasRedis: redis !== undefined,
    }
    return { shell: host.shell, backup: directory, manifest, whole, signal: this.#options.signal }
  }

  /** The recovery procedure. Returns the file of the live target that the new host is. @throws Error naming the step that failed */
  async #recover(fresh: PreparedHost, backup: Backup, put: Readonly<Record<string, string>>): Promise<string> {
    const { directory, signal, print } = this.#options
    const { spec } = fresh.live
    const { secrets, authority, release } = this.#site
    await this.#timed('keys and certificates', () => this.#putKeys(fresh))
    const file = await liveFile(fresh, { options: this.#opening, site: this.#site, put, spec: this.#opening.spec })
    const platform = platformOf({
      spec,
      shell: fresh.shell,
      release: { ...release, images: backup.manifest.images },
      migrate: async () => undefined,
      frontDoorProblem: () => doorProblem(spec, authority.certificate),
      signal,
    })
    const procedure = recoveryProcedure({
      ...this.#stored(fresh, backup),
      project: spec.compose?.project ?? '',
      kafka: 'kafka',
      redis: 'redis',
      platform,
      makeDatabase: async () => {
        if (spec.postgres === undefined) throw new Error(`${spec.name} has no database`)
        const passwords = { password: secrets['postgres.password'], adminPassword: secrets['postgres.adminPassword'] }
        await setUpDatabase({ spec: spec.postgres, ...passwords, sql: '' })
      },
      rollBack: async () => {
        const script = await printedScript({ file, directory, signal }, 'rollback', `--backup=${backup.directory}`)
        const ended = await machine(fresh.shell, this.#opening.spec, signal).script(script)
        await keepEnded(directory, 'rollback', ended)
        if (ended.exitCode !== 0) throw new Error(`the printed rollback ended with ${ended.exitCode}: ${ended.stderr.trim()}`)
      },
    })
    const onStep = ({ name, ms }: { readonly name: string; readonly ms: number }): void => this.#phase(name, ms)
    const { failure } = await runProcedure(procedure, { signal, everyMs: 200, onStep })
    if (failure !== null) throw new Error(`the recovery failed at "${failure.step}": ${failure.message}; ${failure.whenItFails}`)
    await startHelpers(fresh.host, spec, this.#site)
    print('the product runs on the new host')
    return file
  }

  /** What no backup holds, from where the company keeps it: certificates with their keys, and the administrator's password. */
  async #putKeys({ host, shell, live }: PreparedHost): Promise<void> {
    const { spec } = live
    const { certificates, authority, secrets, stack } = this.#site
    const { certificates: shown, keys, secrets: folder } = spec.paths
    await putContent(host, shell, {
      spec,
      certificates,
      authority: authority.certificate,
      secrets,
      composeFile: { file: spec.compose?.file ?? '', text: '' },
      tlsPort: host.published(stack.gateway.tls),
      parts: new Set(),
      wants: (place) => [shown, keys, folder].some((owned) => place.startsWith(`${owned}/`)),
      signal: this.#options.signal,
    })
  }

  #phase(name: string, ms: number): void {
    this.#phases.push({ name, ms })
    this.#options.print(`${name}: ${seconds(ms)}`)
  }

  async #timed(name: string, work: () => Promise<void>): Promise<void> {
    const began = performance.now()
    await work()
    this.#phase(name, performance.now() - began)
  }

  #stores({ live }: PreparedHost): LedgerStore[] {
    const { signal } = this.#options
    return storesOf({ spec: live.spec, secrets: this.#site.secrets, since: this.#since, signal })
  }

  async #ledgers(host: PreparedHost): Promise<ReadonlyMap<string, Ledger>> {
    const read = this.#stores(host).map(async (store) => [store.name, await readLedger(store)] as const)
    return new Map(await Promise.all(read))
  }

  /** Milliseconds from the loss to the answer to the first hook that every store has; null where none came. */
  async #firstCorrect(fresh: PreparedHost, canary: Canary, lostAt: number): Promise<number | null> {
    const correct = async (): Promise<number[]> => {
      const ledgers = [...(await this.#ledgers(fresh)).values()]
      const kept = canary.acceptedSince(lostAt).filter((token) => ledgers.every((ledger) => keeps(ledger, token)))
      return kept.map(({ answeredAt }) => answeredAt)
    }
    const waiting = { deadlineMs: TOKENS_MS, everyMs: EVERY_MS, signal: this.#options.signal }
    const found = await until(correct, (times) => times.length >= TOKENS, waiting)
    return found.length === 0 ? null : Math.min(...found) - lostAt
  }
}
