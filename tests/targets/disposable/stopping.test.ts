import { describe, expect, it } from 'vitest'
import { Stopping } from '../../../src/targets/disposable/stopping.ts'
import { settled } from '../../../src/targets/embedded/settled.ts'

describe('stopping', () => {
  it('closes what was opened last first, once, however often it is asked', async () => {
    const closed: string[] = []
    const stopping = new Stopping()
    for (const name of ['first', 'second']) await stopping.add(async () => void closed.push(name))
    await Promise.all([stopping.close(), stopping.close()])
    expect(closed).toEqual(['second', 'first'])
  })

  it('closes the rest where one does not close, and tells which', async () => {
    const closed: string[] = []
    const stopping = new Stopping()
    await stopping.add(async () => void closed.push('first'))
    await stopping.add(() => Promise.reject(new Error('stuck')))
    await expect(stopping.close()).rejects.toThrow('stuck')
    expect(closed).toEqual(['first'])
  })

  it('closes at once what is opened after it has closed', async () => {
    const stopping = new Stopping()
    await stopping.close()
    let isClosed = false
    await stopping.add(async () => {
      isClosed = true
    })
    expect(isClosed).toBe(true)
  })
})

describe('settled', () => {
  it('passes a failure on only once nothing is still starting', async () => {
    let isStarted = false
    const slow = new Promise<void>((resolve) => setTimeout(resolve, 30)).then(() => {
      isStarted = true
    })
    await expect(settled([Promise.reject(new Error('failed')), slow])).rejects.toThrow('failed')
    expect(isStarted).toBe(true)
  })
})
