import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { npmProblems } from './commands.ts'
import { schemaErrors } from './github-schema.ts'

/** The ready-made workflows are valid for GitHub, and safe and right in what we rely on. */

const FOLDER = '.github/workflows'
const files = readdirSync(FOLDER)
const ALWAYS = `${'$'}{{ always() }}`

/** Only reading the code, and writing checks, is ever asked for. */
const permissions = z.strictObject({ contents: z.literal('read').optional(), checks: z.literal('write').optional() })
const stepSchema = z.strictObject({
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z
    .string()
    .regex(/^[\w./-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/, 'an action is pinned by full version or digest')
    .optional(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  'timeout-minutes': z.int().optional(),
  env: z.record(z.string(), z.string()).optional(),
  run: z
    .string()
    .refine((text) => !text.includes('${{'), 'expressions reach the shell through env, not as part of its text')
    .optional(),
})
const jobSchema = z.strictObject({
  needs: z.string().optional(),
  if: z.string().optional(),
  'runs-on': z.union([z.literal('ubuntu-24.04'), z.array(z.string())]),
  'timeout-minutes': z.int().max(60),
  environment: z.string().optional(),
  permissions: permissions.optional(),
  steps: z.array(stepSchema).min(1),
})
const inputsSchema = z.record(z.string(), z.looseObject({ default: z.string().optional() }))
const workflowSchema = z.strictObject({
  name: z.string(),
  on: z.looseObject({ workflow_dispatch: z.looseObject({ inputs: inputsSchema.optional() }).nullish() }),
  permissions: z.strictObject({ contents: z.literal('read') }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.record(z.string(), jobSchema),
})
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')))

function workflow(file: string): z.infer<typeof workflowSchema> {
  return workflowSchema.parse(parse(readFileSync(path.join(FOLDER, file), 'utf8')))
}

/** What `${{ inputs.NAME }}` stands for when a workflow is started with its defaults and a ticket. */
function inputValue(expression: string, inputs: z.infer<typeof inputsSchema>): string {
  const name = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(expression)?.[1]
  return name === undefined ? expression : (inputs[name]?.default ?? 'CHG0042')
}

describe.each(files)('%s', (file) => {
  it('is a valid workflow', () => {
    const content = readFileSync(path.join(FOLDER, file), 'utf8')
    expect(schemaErrors(file, content)).toEqual([])
  })

  it('asks for few rights, pins its actions and keeps inputs out of the shell’s text', () => {
    expect(() => workflow(file)).not.toThrow()
  })

  it('runs npm commands that exist, with options that exist', () => {
    const { jobs, on } = workflow(file)
    const inputs = on.workflow_dispatch?.inputs ?? {}
    const steps = Object.values(jobs).flatMap((job) => job.steps)
    const problems = steps.flatMap(({ run = '', env = {} }) => {
      const values = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, inputValue(value, inputs)]))
      return npmProblems(run, values, scripts)
    })
    expect(problems).toEqual([])
  })

  it('keeps the report and its summary whatever came of the run', () => {
    const steps = Object.values(workflow(file).jobs).flatMap((job) => job.steps)
    const run = steps.findIndex((step) => /^(npm test|set -o pipefail\nnpm run falsify)\b/.test(step.run ?? ''))
    const after = steps.slice(run + 1)
    const kept = after.find((step) => step.uses?.startsWith('actions/upload-artifact@'))
    const summary = after.find((step) => step.run?.includes('$GITHUB_STEP_SUMMARY'))
    expect(run).toBeGreaterThan(0)
    expect([kept?.if, summary?.if]).toEqual([ALWAYS, ALWAYS])
    expect(kept?.with?.path).toContain('reports')
  })
})

it('notices what GitHub would refuse', () => {
  const job = (step: string): string => `on: push\njobs:\n  one:\n    runs-on: x\n    steps:\n      - ${step}\n`
  expect(schemaErrors('good.yml', job('run: echo'))).toEqual([])
  expect(schemaErrors('bad.yml', job('ran: echo'))).toContainEqual(expect.stringContaining("Unexpected value 'ran'"))
  expect(schemaErrors('bad.yml', job(`run: ${'$'}{{ nothing.at.all }}`))).toContainEqual(expect.stringContaining('nothing'))
})

it.each(['nightly-drill.yml', 'nightly-restore.yml', 'post-deploy.yml'])('%s keeps its history from run to run', (file) => {
  const steps = Object.values(workflow(file).jobs).flatMap((job) => job.steps)
  const history = /--history=(\S+)/.exec(steps.map(({ run = '' }) => run).join('\n'))?.[1] ?? ''
  const caches = steps.filter(({ uses }) => uses?.startsWith('actions/cache/'))
  expect(caches.map(({ with: given }) => [given?.path, given?.key])).toEqual([
    [path.dirname(history), caches[0]?.with?.key],
    [path.dirname(history), caches[0]?.with?.key],
  ])
})
