import { defineConfig } from 'vitest/config'
import { scratchDirectory } from './src/cli/scratch.ts'

export default defineConfig({
  test: {
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
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
