import type { BoundLine } from '../bind.ts'
import { yamlSourceOfFile } from '../yaml-file.ts'
import { coveragePage } from './coverage-page.ts'
import { defectsPage } from './defects-page.ts'
import { indexPage } from './index-page.ts'
import { schemaFiles } from './schemas.ts'
import { readCoverage, readDefects } from './sources.ts'

/** Everything that is derived from the runbook, its checks and the schemas: file → text. @throws UsageError where a source is malformed. */
export function generate(bound: readonly BoundLine[]): Record<string, string> {
  const lines = bound.map(({ line }) => line)
  return {
    'docs/coverage.md': coveragePage(readCoverage('docs/coverage', lines), lines),
    'docs/runbook/README.md': indexPage(bound),
    'docs/runbook-defects.md': defectsPage(readDefects('docs/defects', lines), lines),
    ...schemaFiles(yamlSourceOfFile('fixtures/targets/defaults.yaml', { what: 'product defaults' }).value),
  }
}
