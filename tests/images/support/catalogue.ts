import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { plannedBase } from '../../../src/images/base.ts'
import { type Catalogue, readCatalogue } from '../../../src/images/catalogue.ts'
import { planPart } from '../../../src/images/situation.ts'

export const DIGEST = `sha256:${'a'.repeat(64)}`

/** A project with three parts: `store` with a stand-in, `panel` without one, `app` that is built on its upstream image. */
export interface TestCatalogue extends AsyncDisposable {
  readonly root: string
  readonly catalogue: Catalogue
  /** The names that the base and a part's stand-in have at the moment. */
  standInNames(part: string): Promise<{ readonly base: string; readonly standIn: string; readonly upstream: string }>
}

const FILES = {
  'images.yaml': [
    'base: { suite: bookworm }',
    'parts:',
    '  store: {}',
    '  panel: { unobtainable: nobody packages it }',
    '  app: { files: [app] }',
  ].join('\n'),
  'base/Dockerfile': `ARG ROOT_SYSTEM\nFROM \${ROOT_SYSTEM}\n`,
  'store/Dockerfile': `# a store\nFROM store:7.2@${DIGEST}\n`,
  'store/stand-in/Dockerfile': `ARG BASE\nFROM \${BASE}\nCOPY start /start\n`,
  'store/stand-in/start': '#!/bin/sh\n',
  'panel/Dockerfile': `FROM quay.io/panel/panel:v1@${DIGEST}\n`,
  'app/Dockerfile': `FROM node:24@${DIGEST}\nCOPY app app\n`,
  'app/stand-in/Dockerfile': `ARG BASE\nFROM \${BASE}\nCOPY app app\n`,
}

/** Writes the project; `changes` replaces or adds files below fixtures/images. */
export async function testCatalogue(changes: Readonly<Record<string, string>> = {}): Promise<TestCatalogue> {
  const root = await mkdtemp(path.join(tmpdir(), 'test-catalogue-'))
  for (const [name, text] of Object.entries({ ...FILES, '../../app/main.ts': 'export {}\n', ...changes })) {
    const file = path.join(root, 'fixtures/images', name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
    if (text.startsWith('#!')) await chmod(file, 0o755)
  }
  const catalogue = await readOrRemove(root)
  return {
    root,
    catalogue,
    async standInNames(part) {
      const source = catalogue.parts.get(part)
      if (source === undefined) throw new Error(`no part ${part}`)
      const base = await plannedBase(catalogue, source.suite)
      const plan = await planPart(catalogue, source, base)
      return { base: base.name, standIn: plan.standIn?.name ?? '', upstream: plan.upstream.name }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

async function readOrRemove(root: string): Promise<Catalogue> {
  try {
    return readCatalogue(root)
  } catch (error) {
    await rm(root, { recursive: true })
    throw error
  }
}
