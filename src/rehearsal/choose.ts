import { Unobserved } from '../outcome.ts'
import { toolMajor } from '../procedures/dump.ts'
import { PostgresUnavailable, packagedMajor } from '../targets/embedded/postgres.ts'
import { containerServer } from './container-server.ts'
import { ownServer } from './own-server.ts'
import type { Sandbox, SandboxNeeds } from './sandbox.ts'

export interface ChoiceOptions {
  /** Directory in which a server of ours keeps its data. */
  readonly base: string
  /** Image of a server in a container; `{major}` stands for its major. */
  readonly image: string
  readonly signal: AbortSignal
}

/**
 * The disposable server that can do what is needed: the one that the project brings along where it is of that major, otherwise
 * one in a container. @throws Unobserved where neither can be had, saying why and what to do
 */
export async function chooseSandbox({ base, image, signal }: ChoiceOptions, needs: SandboxNeeds): Promise<Sandbox> {
  const obstacle = await obstacleToOwn(needs)
  try {
    if (obstacle === undefined) return await ownServer({ base, signal })
  } catch (error) {
    if (!(error instanceof PostgresUnavailable)) throw notStarted(error)
  }
  try {
    return await containerServer({ image: image.replaceAll('{major}', String(needs.major)), signal })
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    throw new Unobserved({
      id: 'rehearsal:no-server',
      text: `no disposable PostgreSQL ${needs.major} can be had: ${obstacle ?? 'the one that the project brings along does not run here'}; and in a container: ${text}. Install the client tools of that major (postgresql-client), start a container engine, or name an image in rehearsal.image`,
    })
  }
}

async function obstacleToOwn({ major, archive }: SandboxNeeds): Promise<string | undefined> {
  try {
    const packaged = await packagedMajor()
    if (packaged !== major) return `the project brings PostgreSQL ${packaged} along`
  } catch (error) {
    if (error instanceof PostgresUnavailable) return error.message
    throw error
  }
  const tool = archive ? await toolMajor('pg_restore') : major
  if (tool !== undefined && tool >= major) return undefined
  return `the backup is an archive, and pg_restore ${major} or newer is not on the PATH`
}

function notStarted(error: unknown): Unobserved {
  const text = error instanceof Error ? error.message : String(error)
  return new Unobserved({ id: 'rehearsal:no-server', text: `the disposable PostgreSQL did not start: ${text}` })
}
