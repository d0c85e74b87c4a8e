import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { UsageError } from '../outcome.ts'
import { parseYamlFile } from '../yaml-file.ts'
import { type ImageReference, referenceOf } from './reference.ts'

const prepareSchema = z.strictObject({
  command: z
    .array(z.string())
    .min(1)
    .describe('Run in the stand-in’s directory on this machine; `{out}` becomes a directory of its own.'),
  environment: z.record(z.string(), z.string()).default({}),
  optional: z.boolean().default(false).describe('The Dockerfile manages without it where the command is not installed.'),
})
export type Prepare = z.output<typeof prepareSchema>

const debianSuite = z.string().regex(/^[a-z]+$/)

const partSchema = z.strictObject({
  unobtainable: z.string().min(1).optional().describe('Why there is no stand-in.'),
  prepare: prepareSchema
    .optional()
    .describe('What is made on this machine before the stand-in is built; it lies in built/ there.'),
  files: z.array(z.string()).default([]).describe('Files and directories of the project that the image copies.'),
  packages: z.array(z.string()).default([]).describe('npm packages that the image copies, with all that they need.'),
  node: z.boolean().default(false).describe('The stand-in copies the Node.js binary of this platform’s npm package.'),
  suite: debianSuite.optional().describe('Debian release of its stand-in, where that is not the others’.'),
})

/** What fixtures/images/images.yaml says. */
export const cataloguedSchema = z.strictObject({
  base: z.strictObject({
    suite: debianSuite.describe('Debian release of the stand-ins.'),
  }),
  parts: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), partSchema),
})

/** A part of the stack and the ways to its image. */
export interface PartSource extends z.output<typeof partSchema> {
  readonly part: string
  readonly suite: string
  /** Directory of the upstream image's Dockerfile. */
  readonly directory: string
  /** The pinned image that the Dockerfile begins with. */
  readonly upstream: ImageReference
  /** The Dockerfile says nothing beyond that image: it is pulled, not built. */
  readonly isPulled: boolean
  /** Directory of the stand-in's Dockerfile, where there is one. */
  readonly standIn: string | undefined
}

/** Every image of the stack. */
export interface Catalogue {
  /** The project's directory: what `files` and packages are relative to. */
  readonly root: string
  readonly base: { readonly suite: string; readonly directory: string }
  readonly parts: ReadonlyMap<string, PartSource>
}

const PROJECT = path.resolve(import.meta.dirname, '../..')

/** Reads images.yaml and the Dockerfiles beside it. @throws UsageError naming the file and what is wrong with it. */
export function readCatalogue(root: string = PROJECT): Catalogue {
  const images = path.join(root, 'fixtures/images')
  const catalogued = parseYamlFile(path.join(images, 'images.yaml'), cataloguedSchema, { what: 'catalogue of images' })
  const parts = Object.entries(catalogued.parts).map(([part, said]) => {
    return [part, partSource(images, part, { ...said, suite: said.suite ?? catalogued.base.suite })] as const
  })
  return { root, base: { ...catalogued.base, directory: path.join(images, 'base') }, parts: new Map(parts) }
}

function partSource(
  images: string,
  part: string,
  said: Omit<z.output<typeof partSchema>, 'suite'> & { readonly suite: string },
): PartSource {
  const directory = path.join(images, part)
  const dockerfile = path.join(directory, 'Dockerfile')
  const standIn = path.join(directory, 'stand-in')
  const hasStandIn = existsSync(path.join(standIn, 'Dockerfile'))
  if (hasStandIn === (said.unobtainable !== undefined))
    throw new UsageError(`${standIn}: a part has either a stand-in or a reason in images.yaml why it has none`)
  const [first, ...rest] = instructions(dockerfile)
  const upstream = first?.startsWith('FROM ') ? referenceOf(first.slice('FROM '.length)) : undefined
  if (upstream === undefined) throw new UsageError(`${dockerfile}: expected \`FROM name:tag@sha256:…\` as the first instruction`)
  return { ...said, part, directory, upstream, isPulled: rest.length === 0, standIn: hasStandIn ? standIn : undefined }
}

function instructions(dockerfile: string): string[] {
  try {
    return readFileSync(dockerfile, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  } catch (error) {
    throw new UsageError(`${dockerfile}: cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
