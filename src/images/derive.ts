import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { build } from './build.ts'

export interface Derivation {
  /** Id or name of an image that the engine has. */
  readonly from: string
  readonly name: string
  /** Variables that the new image sets. */
  readonly environment: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** Where its Dockerfile may be written. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Builds an image that differs from another one by its variables and labels alone, and returns its id. @throws ImageFailed */
export async function deriveImage(docker: Dockerode, derivation: Derivation): Promise<string> {
  const { from, name, environment, labels, directory, signal } = derivation
  const file = path.join(directory, `${name.replaceAll(/\W+/g, '-')}.Dockerfile`)
  const lines = Object.entries(environment).map(([key, value]) => `ENV ${key}=${JSON.stringify(value).replaceAll('$', '\\$')}`)
  await writeFile(file, `${[`FROM ${from.replace(/^sha256:/, '')}`, ...lines].join('\n')}\n`)
  const files = [{ name: 'Dockerfile', file, isExecutable: false }]
  await build(docker, { name, files, labels, signal, onStep: () => undefined })
  return z.object({ Id: z.string() }).parse(await docker.getImage(name).inspect()).Id
}
