import type { BoundLine } from '../bind.ts'
import { UsageError } from '../outcome.ts'
import { runbookFiles } from '../runbook.ts'
import { readComposeFile } from '../targets/ephemeral/compose-file.ts'
import { loadStackFile } from '../targets/ephemeral/stack-file.ts'
import type { NamedTargets } from '../targets/group.ts'
import { loadTarget, targetFile } from '../targets/load.ts'
import type { TargetSpec } from '../targets/schema.ts'
import { Target } from '../targets/target.ts'
import { effectsAllowed } from './allow.ts'
import { drillsOf } from './drills.ts'
import type { Job } from './job.ts'
import type { Options } from './options.ts'
import { plan } from './plan.ts'
import { loadRelease } from './release.ts'
import { select } from './select.ts'

/** Decides for each target what is looked at there; connects to nothing. @throws UsageError naming target, file and line of every mistake. */
export function decideJobs(options: Options, { names, groups }: NamedTargets, runbook: readonly BoundLine[]): Job[] {
  const release = options.release === undefined ? {} : { release: loadRelease(options.release) }
  const specs = names.map((name) => ({ file: targetFile(name), spec: { ...loadTarget(name), ...release } }))
  rejectDoubles(specs.map(({ file, spec }) => ({ file, name: spec.name })))
  if (options.keep && !specs.some(({ spec }) => spec.kind === 'ephemeral'))
    throw new UsageError('--keep: only the containers of an ephemeral target can be kept')
  for (const { spec } of specs) requireStack(spec)
  return specs.map(({ file, spec: described }) => {
    const spec = { ...described, drills: drillsOf(options.drill, described) }
    const allow = effectsAllowed(spec, options.allow)
    const selection = select(runbook, options, spec.kind)
    return {
      options,
      label: specs.length === 1 ? '' : spec.name,
      spec: { ...spec, allow },
      runbook,
      planned: plan(selection.lines, new Target(spec), allow),
      selection: selection.words,
      inputs: [...runbookFiles(), ...groups, file],
    }
  })
}

/** What a stack is made of is read before anything is started. @throws UsageError */
function requireStack({ kind, name, stack, images }: TargetSpec): void {
  if (kind !== 'ephemeral') return
  if (stack === undefined) throw new UsageError(`target ${name} does not say how its stack is run; add \`stack\` to its file`)
  readComposeFile(loadStackFile(stack), images)
}

/** Two targets of one name would share a column, a directory and a history. */
function rejectDoubles(all: readonly { readonly file: string; readonly name: string }[]): void {
  const names = all.map(({ name }) => name)
  const second = all.find(({ name }, index) => names.indexOf(name) !== index)
  if (second === undefined) return
  const first = all.find(({ name }) => name === second.name)
  throw new UsageError(`--target: ${first?.file} and ${second.file} both describe a target named ${second.name}`)
}
