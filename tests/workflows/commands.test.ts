import { describe, expect, it } from 'vitest'
import { npmProblems, shellWords } from './commands.ts'

const scripts = { test: 'node', verify: 'node' }

describe('the commands of a workflow', () => {
  it('are read as a shell would', () => {
    expect(shellWords('npm test -- --target="$TARGET" \'a b\'', { TARGET: 'prod' })).toEqual([
      'npm',
      'test',
      '--',
      '--target=prod',
      'a b',
    ])
    expect(() => shellWords('echo $NOBODY', {})).toThrow('nothing sets $NOBODY')
  })

  it.each([
    ['npm ci --no-audit\nnpm test -- --target=ephemeral --when=all\nnpm run verify', []],
    ['npm test -- --wen=all', ['unknown option --wen']],
    ['npm test -- --when=hourly', ['unknown value "hourly"']],
    ['npm test --target=prod', ['write -- before it']],
    ['npm run image', ['no script "image"']],
    ['npm install', ['only npm ci']],
  ])('%s', (script, problems) => {
    expect(npmProblems(script, {}, scripts)).toEqual(problems.map((text) => expect.stringContaining(text)))
  })
})
