import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { copyTree } from '../../../src/prove/mutation/tree.ts'

it('is a copy of the last commit in which a file may be broken for a while; the checkout stays as it is', async () => {
  const signal = new AbortController().signal
  const before = await readFile('package.json', 'utf8')
  let root = ''
  {
    await using tree = await copyTree()
    root = tree.root
    const seen = await tree.with('package.json', 'broken', () => tree.run(['cat', 'package.json'], 5_000, signal))
    expect(seen).toEqual({ exitCode: 0, output: 'broken\n' })
    expect((await tree.run(['cat', 'package.json'], 5_000, signal)).output).toContain('"name"')
    expect(await tree.run(['sh', '-c', 'exit 3'], 5_000, signal)).toMatchObject({ exitCode: 3 })
    expect(await tree.run(['sleep', '30'], 100, signal)).toMatchObject({ exitCode: 'overdue' })
  }
  expect(await readFile('package.json', 'utf8')).toBe(before)
  await expect(readFile(path.join(root, 'package.json'))).rejects.toMatchObject({ code: 'ENOENT' })
})
