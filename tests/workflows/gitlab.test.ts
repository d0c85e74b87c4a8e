import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { npmProblems } from './commands.ts'

/** The ready-made GitLab jobs say what we rely on, in GitLab's words, and run commands that exist. */

const FOLDER = 'ci/gitlab'
const lines = z.array(z.string()).min(1)
const jobSchema = z.strictObject({
  stage: z.string(),
  tags: lines,
  timeout: z.string().regex(/^\d+ minutes$/),
  interruptible: z.literal(false),
  resource_group: z.string(),
  environment: z.strictObject({ name: z.string(), action: z.literal('verify') }).optional(),
  variables: z.record(z.string(), z.string()),
  rules: z.array(z.strictObject({ if: z.string() })).min(1),
  cache: z.strictObject({ key: z.string(), paths: z.tuple([z.literal('history/')]), when: z.literal('always') }),
  before_script: lines,
  script: lines,
  artifacts: z.strictObject({
    when: z.literal('always'),
    name: z.string(),
    expose_as: z.string(),
    paths: z.tuple([z.literal('reports/'), z.literal('history/')]),
    exclude: lines,
    expire_in: z.string(),
    reports: z.strictObject({ junit: z.literal('reports/*Z-*/junit.xml') }),
  }),
})
const headerSchema = z.strictObject({
  spec: z.strictObject({ inputs: z.record(z.string(), z.looseObject({ default: z.string() })) }),
})
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))

/** The jobs of a file, included with the defaults of its inputs. */
function jobsOf(file: string): Record<string, z.infer<typeof jobSchema>> {
  const documents = parseAllDocuments(readFileSync(path.join(FOLDER, file), 'utf8'))
  const values: unknown[] = documents.map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
  const inputs = values.length > 1 ? headerSchema.parse(values[0]).spec.inputs : {}
  const body = JSON.stringify(values.at(-1)).replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, name: string) => {
    return inputs[name]?.default ?? expect.fail(`${file}: there is no input ${name}`)
  })
  return z.record(z.string(), jobSchema).parse(JSON.parse(body))
}

describe.each(readdirSync(FOLDER))('%s', (file) => {
  it('keeps report, JUnit and history whatever came of the run', () => {
    expect(Object.keys(jobsOf(file))).toHaveLength(1)
  })

  it('runs npm commands that exist, with options that exist, and keeps the history where the cache is', () => {
    for (const { before_script, script, variables } of Object.values(jobsOf(file))) {
      const commands = [...before_script, ...script].join('\n')
      expect(npmProblems(commands, { TICKET: 'CHG0042', ...variables }, scripts)).toEqual([])
      expect(commands).toContain('--history=history/')
    }
  })
})
