import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { scratchDirectory } from './src/cli/scratch.ts'

/** What starts whole runs and targets. */
const LONG = /\/tests\/(cli|host|hostile|live-proofs|procedures|suites\/postdeploy|targets)\//

/** The long files first, so that none of them begins when the others are done: how long each took is known only where it ran before. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => LONG.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'suites',
          include: ['suites/**/*.test.ts'],
          isolate: false,
          // A failure names everything that it found, however long.
          chaiConfig: { truncateThreshold: 0 },
        },
      },
      {
        test: {
          name: 'tests',
          include: ['tests/**/*.test.ts'],
          // Databases and whole targets are made by the dozen.
          env: { TMPDIR: await scratchDirectory() },
          // A whole run takes seconds, and many times that on a machine that is busy with others.
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
