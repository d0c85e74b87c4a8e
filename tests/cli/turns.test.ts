import { describe, expect, it } from 'vitest'
import { Quiet, Turns } from '../../src/cli/turns.ts'

/** Lets everything that can go on go on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('Turns', () => {
  it('lets so many in, and the others in the order in which they came', async () => {
    const turns = new Turns(2)
    const inside: string[] = []
    for (const name of ['a', 'b', 'c', 'd']) void turns.take().then(() => inside.push(name))
    await settled()
    expect(inside).toEqual(['a', 'b'])
    turns.done()
    await settled()
    expect(inside).toEqual(['a', 'b', 'c'])
    turns.done()
    await settled()
    expect(inside).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('Quiet', () => {
  it('keeps who is loud alone, and does not let the quiet ones starve it', async () => {
    const machine = new Quiet()
    const log: string[] = []
    const ends = new Map<string, () => void>()
    const work = (name: string) => (): Promise<void> => {
      log.push(`+${name}`)
      return new Promise<void>((resolve) => ends.set(name, resolve)).then(() => void log.push(`-${name}`))
    }
    const all = [
      machine.quietly(work('q1')),
      machine.quietly(work('q2')),
      machine.alone(work('loud')),
      machine.quietly(work('q3')),
    ]
    for (const [name, expected] of [
      ['q1', ['+q1', '+q2']],
      ['q2', ['+q1', '+q2', '-q1']],
      ['loud', ['+q1', '+q2', '-q1', '-q2', '+loud']],
      ['q3', ['+q1', '+q2', '-q1', '-q2', '+loud', '-loud', '+q3']],
    ] as const) {
      await settled()
      expect(log).toEqual(expected)
      ends.get(name)?.()
    }
    await Promise.all(all)
  })

  it('goes on after work that failed', async () => {
    const machine = new Quiet()
    await expect(machine.alone(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    await expect(machine.quietly(async () => 'fine')).resolves.toBe('fine')
  })
})
